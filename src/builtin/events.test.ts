import { expect, test } from "vitest"
import { registryOf } from "../define/registry.ts"
import { BUILTIN_EVENTS } from "./events.ts"

/** As the contract lists them: a field of ours that changes its name breaks other people's scripts. */
const CONTRACT: Readonly<Record<string, string>> = {
  post_created: "postId userId region hashtags",
  post_liked: "postId userId region",
  post_commented: "postId userId region text? hashtags?",
  post_shared: "postId userId region",
  user_profile: "userId name country plan",
  user_action: "userId action region",
  ad_impression: "campaignId adId userId region",
  ad_clicked: "campaignId adId userId region cost",
  ad_converted: "campaignId adId userId region value",
  campaign_updated: "campaignId name budget",
  sensor_reading: "sensorId metric value unit",
  sensor_alert: "sensorId metric p95 limit",
  page_viewed: "pageId userId region loadMs",
  search_queried: "query userId region results",
  simple_event: "eventType eventData",
}

const NUMBERS = new Set(["cost", "value", "budget", "p95", "limit", "loadMs", "results"])
const sample = (field: string) => (field === "hashtags" ? ["x"] : NUMBERS.has(field) ? 1 : "x")

test("the built-in events are those of the contract, keyed by their first field", () => {
  const keys = Object.fromEntries(BUILTIN_EVENTS.map(({ type, keyField }) => [type, keyField]))
  const first = Object.entries(CONTRACT).map(([type, fields]) => [type, fields.split(" ")[0]])
  expect(keys).toEqual(Object.fromEntries(first))
})

test.each(Object.entries(CONTRACT))("%s has exactly the contract's fields", (type, fields) => {
  const reader = registryOf(BUILTIN_EVENTS).reader(type, 1)!
  const names = fields.split(" ").map((field) => field.replace("?", ""))
  const whole = Object.fromEntries(names.map((name) => [name, sample(name)]))
  expect(reader.read({ ...whole, unknown: 1 })).toEqual({ tag: "read", data: whole })
  for (const field of fields.split(" ")) {
    const { [field.replace("?", "")]: _, ...rest } = whole
    expect(reader.read(rest).tag, field).toBe(field.endsWith("?") ? "read" : "invalid")
  }
})
