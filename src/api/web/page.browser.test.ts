import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { silentLogger } from "../../base/log.ts"
import { createMetrics } from "../../base/metrics.ts"
import { type Gateway, startGateway } from "../gateway/gateway.ts"
import type { Sources } from "../gateway/sources.ts"
import { batches, ENGINE, tailed, wellSources } from "../gateway/testing/sources.ts"
import { Browser, chromiumPath, NO_CHROMIUM } from "./testing/browser.ts"

const path = chromiumPath()
let browser: Browser
let gateway: Gateway | undefined

beforeAll(async () => {
  if (path !== undefined) browser = await Browser.launch(path)
})
afterAll(() => browser?.close())
afterEach(async () => {
  await gateway?.drain(0)
  gateway = undefined
})

async function started(sources: Sources, port = 0): Promise<Gateway> {
  const common = { version: "1.2.3", logger: silentLogger, clock: systemClock, metrics: createMetrics() }
  gateway = await startGateway({ host: "127.0.0.1", port: { port, asked: true }, sources, ...common })
  return gateway
}

const text = (selector: string) => browser.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText`)
const soon = { timeout: 15_000, interval: 100 }

test("the page shows what the status says and the newest events, and breaks none of its own rules", async ({
  skip,
}) => {
  skip(path === undefined, NO_CHROMIUM)
  const { url } = await started(wellSources({ tail: () => batches([{ events: [tailed(1), tailed(2)], skipped: 0 }]) }))
  browser.complaints.length = 0
  await browser.open(url, { width: 1280, scheme: "light" })
  await expect.poll(() => text("#state"), soon).toBe("Live")
  expect(await text("#picture")).toContain("7\n\nmessages")
  expect(await text("#streams")).toContain("INGEST")
  expect(await text("#shards > li:nth-child(2)")).toMatch(/#1\s+r1\s+1 min behind\s+lag 5\s+epoch 3/)
  expect(await text("#runners")).toMatch(/r1\s+17 lanes, 2 shards/)
  expect(await text("#counts")).toMatch(
    /7\s+events accepted[\s\S]*routed\s+5[\s\S]*adds up[\s\S]*9\s+records to actors delivered/,
  )
  expect(await text("#lanes > li")).toContain("no lag")
  await expect.poll(() => text("#events"), soon).toContain("post_liked")
  expect(await browser.evaluate(`document.querySelectorAll("#events > li").length`)).toBe(2)
  expect(browser.complaints).toEqual([])
})

test("when the gateway goes the page says how old it is, and goes on by itself when it is back", async ({ skip }) => {
  skip(path === undefined, NO_CHROMIUM)
  const first = await started(wellSources())
  await browser.open(first.url, { width: 1280, scheme: "dark" })
  await expect.poll(() => text("#state"), soon).toBe("Live")
  await browser.evaluate("window.sameDocument = true")
  await first.drain(0)
  await expect.poll(() => text("#state"), soon).toBe("Away")
  expect(await text("#banner")).toMatch(/What you see is from \d\d:\d\d:\d\d, \d+ s ago/)
  expect(await text("#streams")).toContain("INGEST")
  await started(wellSources(), Number(new URL(first.url).port))
  await expect.poll(() => text("#state"), soon).toBe("Live")
  expect(await browser.evaluate("window.sameDocument && document.querySelector('#banner').hidden")).toBe(true)
})

test("what does not hold is named, with what to do, and no number is made up for it", async ({ skip }) => {
  skip(path === undefined, NO_CHROMIUM)
  const check = async () => ({ ok: false, detail: "no answer" })
  const log = () => Promise.reject(new Error("away"))
  const { url } = await started(wellSources({ log, checks: [{ part: "nats", hint: "Start it.", check }] }))
  await browser.open(url, { width: 1280, scheme: "light" })
  await expect.poll(() => text("#state"), soon).toBe("Not ready")
  expect(await text("#banner")).toContain("nats: no answer. Start it.")
  expect(await text("#picture")).toContain("unknown")
  expect(await text("#lanes-empty")).toContain("cannot be read")
})

test("without a runner it says so, names the command, and marks every shard", async ({ skip }) => {
  skip(path === undefined, NO_CHROMIUM)
  const abandoned = <T>(all: readonly T[]) => all.map((each) => ({ ...each, owner: null }))
  const { lanes, shards } = ENGINE
  const engine = async () => ({ ...ENGINE, runners: [], lanes: abandoned(lanes), shards: abandoned(shards) })
  const { url } = await started(wellSources({ engine }))
  await browser.open(url, { width: 1280, scheme: "light" })
  await expect.poll(() => text("#state"), soon).toBe("Live")
  expect(await text("#runners-empty")).toContain("npx millrace runner")
  expect(await browser.evaluate(`document.querySelectorAll("#shards > [data-state='bad']").length`)).toBe(2)
  expect(await text("#picture")).toContain("no runner is here")
  expect(await text("#lanes > li")).toContain("nobody")
})

test("a sum that does not add up is called so, and an engine that cannot be read has no numbers", async ({ skip }) => {
  skip(path === undefined, NO_CHROMIUM)
  const { counts } = ENGINE
  const answers = [{ ...ENGINE, counts: { ...counts!, events: { ...counts!.events, addsUp: false } } }]
  const engine = async () => answers[0] ?? Promise.reject(new Error("the bucket is away"))
  const { url } = await started(wellSources({ engine }))
  await browser.open(url, { width: 390, scheme: "dark" })
  await expect.poll(() => text("#counts"), soon).toContain("DOES NOT ADD UP")
  answers.pop()
  await expect.poll(() => text("#counts-empty"), soon).toContain("the bucket is away")
  expect(await text("#shards-empty")).toContain("the bucket is away")
  expect(await browser.evaluate(`document.querySelectorAll("#counts > li, #shards > li, #runners > li").length`)).toBe(
    0,
  )
})

test.for([390, 768, 1280])("nothing is cut off or overflows at a width of %i", async (width, { skip }) => {
  skip(path === undefined, NO_CHROMIUM)
  const { url } = await started(wellSources())
  await browser.open(url, { width, scheme: "light" })
  await expect.poll(() => text("#state"), soon).toBe("Live")
  expect(await browser.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
})

test("everything that can be pressed can be reached by keyboard and has a name", async ({ skip }) => {
  skip(path === undefined, NO_CHROMIUM)
  const { url } = await started(wellSources())
  await browser.open(url, { width: 1280, scheme: "light" })
  await expect.poll(() => text("#state"), soon).toBe("Live")
  const unnamed = `[...document.querySelectorAll("button, a, meter, [tabindex='0']")]
    .filter((e) => ((e.getAttribute("aria-label") ?? "") + e.textContent).trim() === "" || (e.tagName !== "METER" && e.tabIndex < 0)).length`
  expect(await browser.evaluate(unnamed)).toBe(0)
  expect(await browser.evaluate(`document.querySelector("#announce").getAttribute("role")`)).toBe("status")
})
