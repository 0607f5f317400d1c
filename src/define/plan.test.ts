import * as Schema from "effect/Schema"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { actor } from "./actor.ts"
import { definitionFingerprint, describeDefinition } from "./actor-fingerprint.ts"
import { weighted } from "./derive.ts"
import { latest } from "./join.ts"
import { entityId, keyParts } from "./key.ts"
import type { Encoded } from "./measures/measure.ts"
import { lostMeasures, migratePane } from "./migrate.ts"
import { decodePane, emptyPane, encodePane, mergePane } from "./pane.ts"
import { type Data, plansOf } from "./plan.ts"
import { columnsOf, rowOf, stateColumns } from "./row.ts"
import { AdClicked, AdImpression, CampaignUpdated, PostCommented, PostCreated, PostLiked } from "./testing/events.ts"
import { tumbling } from "./windows.ts"

const windows = [tumbling("1 minute")]
const order = (index: number) => ({ time: index % 7, lane: 0, sequence: 1, segment: 0, index })

const everything = actor("everything", {
  version: 1,
  on: [AdImpression, AdClicked],
  key: "campaignId",
  join: { campaign: latest(CampaignUpdated, ["name", "startsAt"]) },
  windows,
  measures: (m) => {
    const clicks = m.of(AdClicked)
    return {
      clicks: m.count(AdClicked),
      dear: clicks.where((e) => e.cost > 5).count(),
      cost: clicks.sum("cost", { scale: 2 }),
      plain: clicks.sum("cost"),
      mean: clicks.mean("cost"),
      least: clicks.min("cost"),
      most: clicks.max("cost"),
      firstAd: m.first("adId"),
      lastAd: m.last("adId"),
      lastAt: m.lastAt(),
      users: m.distinct("userId"),
      ads: m.top(3, { by: "adId" }),
      ...clicks.percentiles("cost", ["p50", "p99"]),
    }
  },
  derive: { score: weighted({ clicks: 2, dear: 3 }) },
}).definition

const plans = plansOf(everything)
const impression = (userId: string, adId: string): Data => ({ campaignId: "c", adId, userId, region: "eu" })
const click = (userId: string, adId: string, cost: number): Data => ({ ...impression(userId, adId), cost })

const fed = fc.array(
  fc.record({
    userId: fc.constantFrom("a", "b", "c"),
    adId: fc.constantFrom("x", "y"),
    cost: fc.nat(1000),
    click: fc.boolean(),
  }),
  { maxLength: 30 },
)
type Fed = typeof fed extends fc.Arbitrary<infer T> ? T : never

function paneFrom(all: Fed, from = 0) {
  const pane = emptyPane(everything)
  all.forEach((each, i) => {
    const plan = plans[each.click ? 1 : 0]!
    const data = each.click ? click(each.userId, each.adId, each.cost / 100) : impression(each.userId, each.adId)
    plan.addTo(pane, plan.prepare(data), order(from + i))
  })
  return pane
}

describe("a plan", () => {
  it("takes of an event only what its measures need, as plain values", () => {
    expect(plans[0]!.prepare(impression("u", "x"))).toHaveLength(4)
    const inputs = plans[1]!.prepare(click("u", "x", 0.5))
    expect(inputs).toHaveLength(11)
    expect(JSON.parse(JSON.stringify(inputs))).toEqual(inputs)
    expect(inputs[0]).toBeNull()
  })

  it("folds any events into what their rows should be", () => {
    fc.assert(
      fc.property(fed, (all) => {
        const row = rowOf(everything, paneFrom(all), [])
        const costs = all.filter((each) => each.click).map(({ cost }) => cost / 100)
        expect(row.clicks).toBe(costs.length)
        expect(row.dear).toBe(costs.filter((cost) => cost > 5).length)
        expect(row.cost).toBeCloseTo(
          costs.reduce((a, b) => a + b, 0),
          6,
        )
        expect(row.least).toBe(costs.length === 0 ? null : Math.min(...costs))
        expect(row.users).toBe(new Set(all.map(({ userId }) => userId)).size)
        expect(row.score).toBe(Number(row.clicks) * 2 + Number(row.dear) * 3)
      }),
    )
  })

  it("gives the same bytes whether panes were merged or not, and after decoding", () => {
    fc.assert(
      fc.property(fed, fed, (a, b) => {
        const merged = paneFrom(a)
        const other = decodePane(everything, encodePane(everything, paneFrom(b, a.length)) as Encoded)
        mergePane(everything, merged, other)
        expect(encodePane(everything, merged)).toEqual(encodePane(everything, paneFrom([...a, ...b])))
      }),
    )
  })

  it("refuses what a measure cannot take before any pane has changed", () => {
    expect(() => plans[1]!.prepare(click("u", "x", Number.NaN))).toThrow("not a finite number")
  })

  it("reads joined fields, and routes the table's events to the actor's own key", () => {
    const table = plans[2]!
    expect(table.measured).toBe(false)
    expect(table.joins).toEqual([{ join: 0, at: 0 }])
    const data = { campaignId: "c", name: "Spring", budget: 1, startsAt: new Date(5) }
    expect(table.prepare(data)).toEqual([["Spring", 5]])
    expect(table.keysOf(data)).toEqual([{ id: "c", parts: ["c"] }])
  })
})

describe("rows", () => {
  it("show decimals as exact text in sinks, and as numbers to functions", () => {
    const plan = plans[1]!
    const pane = emptyPane(everything)
    plan.addTo(pane, plan.prepare(click("u", "x", 0.1)), order(0))
    const at = everything.fields.findIndex(({ name }) => name === "cost")
    expect(everything.fields[at]).toMatchObject({ column: "cost", type: "decimal", origin: "measure" })
    expect(columnsOf(everything, pane, [])[at]).toBe("0.10")
    expect(rowOf(everything, pane, []).cost).toBe(0.1)
  })

  it("show joined fields by name, or null", () => {
    const joined = { order: order(0), stamp: 0, fields: ["Spring", 5] }
    expect(rowOf(everything, emptyPane(everything), [joined]).campaign).toEqual({ name: "Spring", startsAt: 5 })
    expect(columnsOf(everything, emptyPane(everything), [undefined]).at(-1)).toBeNull()
  })
})

describe("keys", () => {
  const hashtags = actor("hashtags", {
    version: 1,
    on: [PostCreated, PostCommented],
    key: (e) => (e.hashtags ?? []).map((hashtag) => ({ region: e.region, hashtag })),
    windows,
    measures: (m) => ({ uses: m.count() }),
  }).definition
  const post = (tags: readonly string[]) => ({ postId: "p", userId: "u", region: "eu/1", hashtags: tags })
  const keysOf = plansOf(hashtags)[0]!.keysOf

  it("of functions get their names from an example event", () => {
    expect(hashtags.key.names).toEqual(["region", "hashtag"])
  })

  it("K2: reach an instance once, however often an event names it", () => {
    expect(keysOf(post(["a", "b", "a"])).map(({ id }) => id)).toEqual(["eu%2F1/a", "eu%2F1/b"])
    expect(keysOf(post([]))).toEqual([])
  })

  it("refuse what cannot be one, and too many", () => {
    expect(() => keysOf(post([""]))).toThrow("the key is empty")
    expect(() => keysOf(post(Array.from({ length: 300 }, (_, i) => `t${i}`)))).toThrow("more than 256")
  })

  it("K1: are one to one with their entity ids", () => {
    const parts = fc.array(fc.string({ minLength: 1, unit: "binary" }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(parts, (all) => {
        expect(keyParts(entityId(all), all)).toEqual(all)
      }),
    )
  })
})

describe("the closed event", () => {
  const likes = actor("likes", {
    version: 3,
    on: [PostLiked],
    key: "postId",
    windows,
    measures: (m) => ({ n: m.count(), at: m.lastAt() }),
  })

  it("holds key, row and window, and knows whose it is", () => {
    const window = { start: new Date(0), end: new Date(60_000), name: "1m" }
    const emitted = likes.closed({ postId: "p", n: 2, at: new Date(5), window })
    expect(emitted).toMatchObject({ type: "likes.closed", key: "p", version: 3 })
    expect(emitted.data).toMatchObject({ n: 2, at: new Date(5).toISOString(), window: { name: "1m" } })
    expect(likes.definition.closed).toBe(likes.closed)
  })
})

describe("the free form", () => {
  const free = actor("runs", {
    version: 1,
    on: [PostLiked],
    key: "userId",
    state: Schema.Struct({ run: Schema.Int, since: Schema.NullOr(Schema.Date) }),
    initial: { run: 0, since: null },
    reduce: (state) => ({ ...state, run: state.run + 1 }),
  }).definition

  it("shows its state's fields, and its state travels as plain values", () => {
    const state = { run: 2, since: new Date(0) }
    expect(free.fields.map(({ name, type, nullable }) => [name, type, nullable])).toEqual([
      ["run", "double", false],
      ["since", "time", true],
    ])
    expect(stateColumns(free, state)).toEqual([2, new Date(0)])
    expect(free.free?.decode(free.free.encode(state))).toEqual(state)
  })

  it("gets the data itself, and has no windows to close", () => {
    const data = { postId: "p", userId: "u", region: "eu" }
    expect(plansOf(free)[0]!.prepare(data)).toEqual([data])
    expect(free.closed).toBeUndefined()
  })
})

describe("a changed definition", () => {
  const make = (
    scale: number,
    migrate?: (old: Readonly<Record<string, Encoded>>) => Readonly<Record<string, Encoded>>,
  ) =>
    actor("spend", {
      version: scale,
      on: [AdClicked],
      key: "campaignId",
      windows,
      measures: (m) => ({ clicks: m.count(), cost: m.sum("cost", { scale }) }),
      ...(migrate === undefined ? {} : { migrate }),
    }).definition
  const old = make(2)
  const pane = emptyPane(old)
  const plan = plansOf(old)[0]!
  plan.addTo(pane, plan.prepare(click("u", "x", 1.5)), order(0))
  const encoded = encodePane(old, pane)

  it("has another fingerprint, and the same one when only words changed", () => {
    expect(definitionFingerprint(make(3))).not.toBe(definitionFingerprint(old))
    expect(definitionFingerprint(make(2))).toBe(definitionFingerprint(old))
  })

  it("keeps what it can of old states, and says what it cannot", () => {
    const next = make(3)
    const description = JSON.parse(JSON.stringify(describeDefinition(old)))
    expect(lostMeasures(next, description)).toEqual(["cost"])
    expect(rowOf(next, migratePane(next, description, encoded), [])).toEqual({ clicks: 1, cost: 0 })
  })

  it("carries states over as its migrate says", () => {
    const next = make(3, ({ clicks = null, cost = null }) => ({ clicks, cost: Number(cost) * 10 }))
    expect(rowOf(next, migratePane(next, describeDefinition(old), encoded), [])).toEqual({ clicks: 1, cost: 1.5 })
  })
})
