/** What the compiler infers, and what it refuses: `tsc` is the test, the cases run to see that defining never throws. */

import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { actor } from "./actor.ts"
import { ratio, total, weighted } from "./derive.ts"
import { latest } from "./join.ts"
import {
  AdClicked,
  AdImpression,
  CampaignUpdated,
  PostCommented,
  PostCreated,
  PostLiked,
  PostShared,
  SensorAlert,
  SensorReading,
  UserProfile,
} from "./testing/events.ts"
import { inherited, session, sliding, tumbling } from "./windows.ts"

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <T extends true>(): T | undefined => undefined

const minute = [tumbling("1 minute")] as const

const postEngagement = actor("post_engagement", {
  version: 1,
  on: [PostLiked, PostCommented, PostShared],
  key: "postId",
  join: { post: latest(PostCreated, ["region", "userId"]) },
  windows: [tumbling("1 minute"), sliding("1 hour", "5 minutes")],
  measures: (m) => ({
    likes: m.count(PostLiked),
    comments: m.count(PostCommented),
    shares: m.count(PostShared),
    uniqueUsers: m.distinct("userId").describe("People who reacted"),
  }),
  derive: { score: weighted({ likes: 1, comments: 3, shares: 5 }) },
})

const hashtagUse = actor("hashtag_use", {
  version: 1,
  internal: true,
  on: [PostCreated, PostCommented],
  key: (e) => (e.hashtags ?? []).flatMap((hashtag) => [{ region: e.region, hashtag }]),
  windows: [sliding("10 minutes", "1 minute")],
  grace: "5 seconds",
  measures: (m) => ({ uses: m.count() }),
})

const trending = actor("trending", {
  version: 1,
  on: [hashtagUse.closed],
  key: "region",
  windows: [inherited],
  measures: (m) => ({ top: m.top(20, { by: "hashtag", weight: "uses" }), last: m.last((e) => e.window.name) }),
})

const sensorHealth = actor("sensor_health", {
  version: 1,
  on: [SensorReading],
  key: ["sensorId", "metric"],
  windows: minute,
  measures: (m) => ({
    mean: m.mean("value"),
    first: m.first("unit"),
    firstAt: m.firstAt(),
    hot: m.where((e) => e.value > 80).count(),
    ...m.percentiles("value", ["p50", "p95"]),
  }),
  emits: [SensorAlert],
  onChange({ p95 }, { key, once, window }) {
    same<Eq<typeof window.start, Date>>()
    if (p95 !== null) once("above", SensorAlert({ ...key, p95, limit: 80 }))
  },
})

const streaks = actor("streaks", {
  version: 1,
  on: [PostLiked, PostShared],
  key: "userId",
  state: Schema.Struct({ run: Schema.Int, lastPost: Schema.NullOr(Schema.String) }),
  initial: { run: 0, lastPost: null },
  emits: [SensorAlert],
  reduce(state, event, context) {
    context.timer("over", { after: "1 day" })
    return { run: event._tag === "post_shared" ? state.run + 1 : 0, lastPost: event.postId }
  },
  onTimer: (state, timer, { key, time }) =>
    timer === "over" && key.userId !== "" && time.getTime() > 0 ? { ...state, run: 0 } : state,
  keep: { idle: "90 days" },
})

describe("inference", () => {
  it("knows rows, keys and closed events", () => {
    same<
      Eq<
        typeof postEngagement.row,
        {
          readonly likes: number
          readonly comments: number
          readonly shares: number
          readonly uniqueUsers: number
          readonly score: number | null
          readonly post: { readonly region: string; readonly userId: string } | null
        }
      >
    >()
    same<Eq<typeof postEngagement.key, { readonly postId: string }>>()
    same<Eq<typeof sensorHealth.key, { readonly sensorId: string; readonly metric: string }>>()
    same<Eq<(typeof sensorHealth.row)["p95"], number | null>>()
    same<Eq<(typeof sensorHealth.row)["first"], string | null>>()
    same<Eq<(typeof sensorHealth.row)["firstAt"], Date | null>>()
    same<Eq<typeof hashtagUse.key, { region: string; hashtag: string }>>()
    same<Eq<(typeof trending.row)["top"], readonly { readonly value: string; readonly count: number }[]>>()
    same<Eq<(typeof trending.row)["last"], string | null>>()
    same<Eq<typeof streaks.row, { readonly run: number; readonly lastPost: string | null }>>()
    expect([postEngagement, hashtagUse, trending, sensorHealth, streaks].flatMap((a) => a.definition.problems)).toEqual(
      [],
    )
  })

  it("gives functions a discriminated union", () => {
    const words = actor("words", {
      version: 1,
      on: [PostLiked, PostCommented],
      key: "postId",
      windows: minute,
      measures: (m) => ({ length: m.sum((e) => (e._tag === "post_commented" ? (e.text?.length ?? 0) : 1)) }),
      derive: { twice: total("length", "length") },
    })
    expect(words.definition.fields.map(({ name }) => name)).toEqual(["length", "twice"])
  })
})

describe("what does not compile is still no crash", () => {
  const base = { version: 1, windows: minute } as const

  it("a ratio over a measure that is not there", () => {
    actor("x", {
      ...base,
      on: [AdImpression, AdClicked],
      key: "campaignId",
      measures: (m) => ({ clicks: m.count(AdClicked) }),
      // @ts-expect-error no measure "impressions"
      derive: { ctr: ratio("clicks", "impressions") },
    })
  })

  it("a field that not every event has", () => {
    // @ts-expect-error impressions have no cost
    actor("x", { ...base, on: [AdImpression, AdClicked], key: "campaignId", measures: (m) => ({ c: m.sum("cost") }) })
  })

  it("a field of another type", () => {
    // @ts-expect-error adId is not a number
    actor("x", { ...base, on: [AdClicked], key: "campaignId", measures: (m) => ({ c: m.sum("adId") }) })
  })

  it("an event that is not listened to", () => {
    // @ts-expect-error shares are not listened to
    actor("x", { ...base, on: [PostLiked], key: "postId", measures: (m) => ({ s: m.count(PostShared) }) })
  })

  it("a field outside of `of`", () => {
    actor("x", {
      ...base,
      on: [AdImpression, AdClicked],
      key: "campaignId",
      // @ts-expect-error impressions have no cost
      measures: (m) => ({ c: m.of(AdImpression).sum("cost") }),
    })
  })

  it("a key that is not a field, is not text, or is the tag", () => {
    // @ts-expect-error no such field
    actor("x", { ...base, on: [PostLiked], key: "campaignId", measures: (m) => ({ s: m.count() }) })
    // @ts-expect-error a number
    actor("x", { ...base, on: [AdClicked], key: "cost", measures: (m) => ({ s: m.count() }) })
    // @ts-expect-error one of them is no field
    actor("x", { ...base, on: [PostLiked], key: ["postId", "adId"], measures: (m) => ({ s: m.count() }) })
    // @ts-expect-error the tag is not data
    actor("x", { ...base, on: [PostLiked], key: "_tag", measures: (m) => ({ s: m.count() }) })
  })

  it("a joined field or key that the table does not have", () => {
    // @ts-expect-error no such field
    latest(CampaignUpdated, ["nam"])
    actor("x", {
      ...base,
      on: [PostLiked],
      key: "postId",
      measures: (m) => ({ s: m.count() }),
      // @ts-expect-error a profile has no postId
      join: { profile: latest(UserProfile, ["name"]) },
    })
    actor("y", {
      ...base,
      on: [PostLiked],
      key: "postId",
      measures: (m) => ({ s: m.count() }),
      join: { profile: latest(UserProfile, ["name"], (e) => ({ postId: e.userId })) },
    })
  })

  it("durations and windows of nobody's calendar", () => {
    // @ts-expect-error not a unit
    tumbling("1 fortnight")
    // @ts-expect-error needs its step
    sliding("1 hour")
    // @ts-expect-error needs a gap
    session({ max: "1 day" })
  })

  it("emitting what is not declared", () => {
    actor("x", {
      ...base,
      on: [SensorReading],
      key: "sensorId",
      measures: (m) => ({ n: m.count() }),
      // @ts-expect-error not among emits
      onChange: (_row, { once }) => once("a", SensorAlert({ sensorId: "s", metric: "m", p95: 1, limit: 1 })),
    })
  })

  it("a state that reduce does not keep to", () => {
    actor("x", {
      version: 1,
      on: [PostLiked],
      key: "postId",
      // @ts-expect-error n is a number: of two forms neither fits
      state: Schema.Struct({ n: Schema.Int }),
      initial: { n: 0 },
      reduce: () => ({ n: "1" }),
    })
  })

  it("percentiles that are none", () => {
    actor("x", {
      ...base,
      on: [SensorReading],
      key: "sensorId",
      // @ts-expect-error a percentile is p and a number
      measures: (m) => ({ ...m.percentiles("value", ["median"]) }),
    })
  })
})
