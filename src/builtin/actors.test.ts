import { describe, expect, it } from "vitest"
import { definitionFingerprint } from "../define/actor-fingerprint.ts"
import { problemsOf, requireSound } from "../define/check.ts"
import { eventsOf } from "../define/events-of.ts"
import { emptyPane } from "../define/pane.ts"
import { plansOf } from "../define/plan.ts"
import { registryOf } from "../define/registry.ts"
import { columnsOf, rowOf } from "../define/row.ts"
import { stages } from "../define/stages.ts"
import { adPerformance, builtinActors, postEngagement, searchTrends, sensorHealth, trendingHashtags } from "./actors.ts"
import { BUILTIN_EVENTS } from "./events.ts"
import { keywordsOf } from "./keywords.ts"

const definitions = builtinActors.map(({ definition }) => definition)
const order = { time: 1_000, lane: 0, sequence: 1, segment: 0, index: 0 }

describe("the built-in actors", () => {
  it("are sound, and know all events they listen to", () => {
    expect(problemsOf(definitions, BUILTIN_EVENTS)).toEqual([])
    expect(() => requireSound(definitions, BUILTIN_EVENTS)).not.toThrow()
  })

  it("have the keys, fields and windows that the contract promises", () => {
    const shown = definitions
      .filter(({ internal }) => !internal)
      .map(({ name, key, fields, windows }) => ({
        [`${name} (${key.names.join(", ")})`]: fields.map((field) => field.name).join(", "),
        windows: windows.map((window) => window.name).join("; "),
      }))
    const engagement = "likes, comments, shares, uniqueUsers, score"
    expect(shown).toEqual([
      { "post_engagement (postId)": `${engagement}, post`, windows: "1m; 1h_by_5m" },
      { "region_engagement (region)": engagement, windows: "1m" },
      { "user_activity (userId)": "actions, engagements, score, profile", windows: "session_15m" },
      { "trending_hashtags (region)": "topHashtags", windows: "10m_by_1m" },
      { "trending_keywords (region)": "topKeywords", windows: "10m_by_1m" },
      {
        "ad_performance (campaignId)": "impressions, clicks, conversions, cost, revenue, ctr, cpc, campaign",
        windows: "1m; 1h",
      },
      { "sensor_health (sensorId, metric)": "readings, mean, min, max, last, p50, p95, p99", windows: "1m" },
      { "page_traffic (pageId)": "views, uniqueVisitors, loadP50, loadP95, loadP99", windows: "1m; 1h" },
      { "search_trends (region)": "searches, uniqueUsers, topQueries, noResultRate", windows: "10m" },
      { "event_counts (type)": "events, firstAt, lastAt", windows: "1m" },
    ])
  })

  it("come in stages: rankings after what they rank", () => {
    const stage = stages(definitions)
    expect(["post_engagement", "hashtag_use", "sensor_health"].map((name) => stage.get(name))).toEqual([0, 0, 0])
    expect(["trending_hashtags", "trending_keywords", "event_counts"].map((name) => stage.get(name))).toEqual([1, 1, 1])
  })

  it("rank exactly what comes complete, and say what is an estimate", () => {
    const approximate = definitions.flatMap(({ fields }) => fields.filter((field) => field.approximate))
    expect(approximate.map(({ name }) => name)).not.toContain("topHashtags")
    expect(approximate.map(({ name }) => name)).toContain("topQueries")
  })

  it("say of every field what it means", () => {
    const fields = definitions.filter(({ internal }) => !internal).flatMap(({ fields: all }) => all)
    expect(fields.filter(({ description }) => description === undefined)).toEqual([])
  })

  it("have fingerprints of their own, the same for the same definition", () => {
    const prints = definitions.map(definitionFingerprint)
    expect(new Set(prints).size).toBe(definitions.length)
    expect(definitions.map(definitionFingerprint)).toEqual(prints)
  })
})

describe("what they make of events", () => {
  const fold = (actor: (typeof builtinActors)[number], events: readonly (readonly [string, object])[]) => {
    const { definition } = actor
    const pane = emptyPane(definition)
    for (const [type, data] of events) {
      const plan = plansOf(definition).find(({ event }) => event.type === type)!
      plan.addTo(pane, plan.prepare({ ...data }), order)
    }
    return { row: rowOf(definition, pane, []), columns: columnsOf(definition, pane, []) }
  }
  const by = (userId: string) => ({ postId: "p", userId, region: "eu" })

  it("scores engagement", () => {
    const { row } = fold(postEngagement, [
      ["post_liked", by("a")],
      ["post_commented", by("a")],
      ["post_shared", by("b")],
    ])
    expect(row).toEqual({ likes: 1, comments: 1, shares: 1, uniqueUsers: 2, score: 9, post: null })
  })

  it("adds money up in decimals", () => {
    const ad = { campaignId: "c", adId: "x", userId: "u", region: "eu" }
    const { row, columns } = fold(adPerformance, [
      ["ad_impression", ad],
      ["ad_impression", ad],
      ["ad_clicked", { ...ad, cost: 0.1 }],
      ["ad_clicked", { ...ad, cost: 0.2 }],
    ])
    expect(row).toMatchObject({ cost: 0.3, cpc: 0.15, ctr: 1, revenue: 0 })
    expect(columns.slice(3, 5)).toEqual(["0.300000", "0.000000"])
  })

  it("keeps percentiles of readings, and nothing of none", () => {
    const reading = (value: number) => ["sensor_reading", { sensorId: "s", metric: "m", value, unit: "C" }] as const
    const { row } = fold(
      sensorHealth,
      Array.from({ length: 100 }, (_, i) => reading(i + 1)),
    )
    expect(row).toMatchObject({ readings: 100, mean: 50.5, min: 1, max: 100 })
    expect(Math.abs(Number(row.p95) - 95)).toBeLessThan(2)
    expect(fold(sensorHealth, []).row).toMatchObject({ readings: 0, mean: null, last: null, p95: null })
  })

  it("counts searches that found nothing, and skips blank ones in the list", () => {
    const search = (query: string, results: number) =>
      ["search_queried", { query, userId: "u", region: "eu", results }] as const
    const { row } = fold(searchTrends, [search("Cats ", 3), search("cats", 0), search("  ", 0)])
    expect(row).toMatchObject({ searches: 3, noResultRate: 2 / 3, topQueries: [{ value: "cats", count: 2 }] })
  })

  it("ranks hashtags from closed windows, as they come back from the log", () => {
    const uses = definitions.find(({ name }) => name === "hashtag_use")!
    const registry = registryOf(eventsOf(definitions))
    const window = { start: new Date(0), end: new Date(600_000), name: "10m_by_1m" }
    const closed = (hashtag: string, count: number) => {
      const emitted = uses.closed!({ region: "all", hashtag, uses: count, window } as never)
      const read = registry.reader(emitted.type, emitted.version)!.read(emitted.data)
      return ["hashtag_use.closed", read.tag === "read" ? read.data : {}] as const
    }
    const { row } = fold(trendingHashtags, [closed("b", 2), closed("a", 2), closed("c", 7)])
    expect(row.topHashtags).toEqual([
      { value: "c", count: 7 },
      { value: "a", count: 2 },
      { value: "b", count: 2 },
    ])
  })

  it("finds keywords in any script, each once", () => {
    expect(keywordsOf("The Café, the café & 東京タワー: it's GREAT!!")).toEqual(["café", "東京タワー", "it's", "great"])
    expect(keywordsOf("a an the 12")).toEqual([])
  })
})
