import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Misuse } from "../base/errors.ts"
import { actor } from "./actor.ts"
import { problemsOf, requireSound } from "./check.ts"
import { definitionOf } from "./define.ts"
import { ratio } from "./derive.ts"
import { event } from "./event.ts"
import { latest } from "./join.ts"
import type { KitOf } from "./kit.ts"
import {
  AdClicked,
  type AdImpression,
  PostCommented,
  PostCreated,
  PostLiked,
  PostShared,
  UserProfile,
} from "./testing/events.ts"
import { inherited, session, sliding, tumbling } from "./windows.ts"
import type { Written } from "./written.ts"

type AnyKit = KitOf<readonly [typeof AdClicked, typeof AdImpression]>

/** As JavaScript, or a compiler told to look away, would hand it over. */
function problemsWith(written: Partial<Written> & Record<string, unknown>): readonly string[] {
  const whole = {
    version: 1,
    on: [AdClicked],
    key: "campaignId",
    windows: [tumbling("1 minute")],
    measures: (m: AnyKit) => ({ n: m.count() }),
    ...written,
  }
  const { definition } = definitionOf("clicks", whole as unknown as Written)
  return problemsOf([definition]).map(({ field, reason, right }) => `${field}: ${reason}; ${right}`)
}

const measures = (make: (m: AnyKit) => object) => ({ measures: make as unknown as NonNullable<Written["measures"]> })

describe("what is wrong with a definition", () => {
  it("is nothing when nothing is", () => {
    expect(problemsWith({})).toEqual([])
  })

  it.each<[string, Parameters<typeof problemsWith>[0], RegExp]>([
    ["no event", { on: [] }, /^on: it listens to nothing/],
    ["something else than an event", { on: ["post_liked" as never] }, /^on\[0\]: this is not an event/],
    ["an event twice", { on: [AdClicked, AdClicked] }, /^on: ad_clicked is there twice/],
    ["a key that is no field", { key: "postId" }, /^key: ad_clicked has no required text field "postId".*campaignId/],
    ["a key that is a number", { key: "cost" }, /^key: ad_clicked has no required text field "cost"/],
    ["an optional key", { on: [PostCommented], key: "text" }, /^key: post_commented has no required text field "text"/],
    ["a key function without names", { key: () => [] }, /^key: the function gave no key.*keyNames/],
    ["a version that is none", { version: 0 }, /^version: 0 is not a version/],
    [
      "an unknown field",
      measures((m) => ({ n: m.sum("price" as never) })),
      /^measures.n: ad_clicked has no field "price"/,
    ],
    [
      "a field of another type",
      measures((m) => ({ n: m.sum("adId" as never) })),
      /^measures.n: ad_clicked.adId is text/,
    ],
    ["a stranger's event", measures((m) => ({ n: m.count(PostLiked as never) })), /does not listen to post_liked/],
    ["a scale that is none", measures((m) => ({ n: m.of(AdClicked).sum("cost", { scale: 1.5 }) })), /scale is a whole/],
    [
      "a percentile that is none",
      measures((m) => m.of(AdClicked).percentiles("cost", ["p101"])),
      /p0 to p100, not p101/,
    ],
    ["a top of too many", measures((m) => ({ n: m.top(1000, { by: "adId" }) })), /1 to 100 values, not 1000/],
    [
      "measures that throw",
      measures((m) => (m as never as { readonly none: () => object }).none()),
      /^measures: the function failed/,
    ],
    ["no measure at all", measures(() => ({})), /^measures: it measures nothing/],
    ["a derived field of nothing", { derive: { r: ratio("n", "m") } }, /^derive.r: no measure "m"; there are n/],
    ["a reserved name", measures((m) => ({ windowStart: m.count() })), /^measures.windowStart: .*of its own/],
    ["a name that cannot be a column", measures((m) => ({ "a-b": m.count() })), /cannot be a column/],
    ["a field called as the key", measures((m) => ({ campaignId: m.count() })), /is the column campaign_id, which key/],
    ["one name in two places", { derive: { n: ratio("n", "n") } }, /^derive.n: n is the column n, which measures.n/],
    [
      "a size that its step does not divide",
      { windows: [sliding("1 hour", "7 minutes")] },
      /1h is not a multiple of 7m/,
    ],
    ["a step as long as the window", { windows: [sliding("1 hour", "1 hour")] }, /write tumbling/],
    [
      "too many panes an event",
      { windows: [sliding("1 day", "1 second")] },
      /in 86400 windows; at most 360.*by 4m|240s/,
    ],
    ["a session longer than its max", { windows: [session({ gap: "2 days" })] }, /gap is longer than its max/],
    ["two windows of one name", { windows: [tumbling("1 minute"), tumbling("60 seconds")] }, /two called 1m/],
    ["a duration that is none", { windows: [tumbling("1 fortnight" as never)] }, /^windows\[0\]: size "1 fortnight"/],
    ["a negative grace", { grace: "-1 second" }, /^grace: "-1 second" is not a duration/],
    ["a grace of days", { grace: "3 days" }, /^grace: it holds windows open too long/],
    ["forgetting what is open", { keep: { idle: "1 minute" } }, /^keep.idle: .*keep it 90s or more/],
    ["inheriting from the log", { windows: [inherited], on: [AdClicked] }, /has no window to inherit/],
    [
      "a table without the fields",
      { join: { t: latest(UserProfile, ["nam" as never], (e) => ({ campaignId: e.userId })) } },
      /no field "nam"/,
    ],
    ["a table without the key", { join: { t: latest(UserProfile, ["name"]) } }, /no key field "campaignId"; say what/],
    ["emitting into nothing", { emits: [PostLiked] }, /^emits: nothing emits/],
    ["a step that is no function", { onChange: "x" as never }, /^onChange: it is not a function/],
  ])("says so: %s", (_, written, expected) => {
    expect(problemsWith(written)).toEqual([expect.stringMatching(expected)])
  })

  it("says of the free form what it cannot have, and whether it can begin", () => {
    const free = {
      measures: undefined,
      state: Schema.Struct({ n: Schema.Int }),
      initial: { n: "one" },
      windows: [tumbling("1 minute")],
    } as never
    expect(problemsWith(free)).toEqual([
      expect.stringMatching(/^windows: the free form has none/),
      expect.stringMatching(/^reduce: there is none/),
      expect.stringMatching(/^initial: it is not of the state's schema/),
    ])
  })
})

describe("definitions together", () => {
  const minute = [tumbling("1 minute")]
  const likes = actor("likes", {
    version: 1,
    on: [PostLiked],
    key: "postId",
    windows: minute,
    measures: (m) => ({ n: m.count() }),
  })
  const busiest = actor("busiest", {
    version: 1,
    on: [likes.closed],
    key: "postId",
    windows: [inherited],
    measures: (m) => ({ n: m.sum("n") }),
  })
  const texts = (...args: Parameters<typeof problemsOf>) => problemsOf(...args).map(({ reason }) => reason)

  it("must all be there", () => {
    expect(texts([busiest.definition])).toEqual(["the actor likes is not among those that are run"])
    expect(texts([busiest.definition, likes.definition])).toEqual([])
  })

  it("listen to declared events only", () => {
    expect(texts([likes.definition], [PostShared])).toEqual(["the event post_liked is not declared"])
  })

  it("have names of their own, in every view", () => {
    const again = actor("likes", {
      version: 2,
      on: [PostShared],
      key: "postId",
      windows: [],
      measures: (m) => ({ n: m.count() }),
    })
    expect(texts([likes.definition, again.definition])).toEqual(["the view likes_totals is likes's already"])
  })

  it("do not go round in circles", () => {
    const data = Schema.Struct({ ball: Schema.String })
    const Ping = event("ping", { version: 1, key: "ball", data })
    const Pong = event("pong", { version: 1, key: "ball", data })
    const answering = (name: string, on: typeof Ping | typeof Pong, emits: typeof Ping | typeof Pong) =>
      actor(name, {
        version: 1,
        on: [on],
        key: "ball",
        windows: minute,
        measures: (m) => ({ n: m.count() }),
        emits: [emits],
        onClose: () => {},
      })
    const round = [answering("a", Ping, Pong), answering("b", Pong, Ping)].map(({ definition }) => definition)
    expect(texts(round)).toEqual(["events would go round: a → b → a"])
  })

  it("fail with everything that is wrong, each with the file it is in", () => {
    const bad = actor("bad", {
      version: 1.5,
      on: [PostCreated],
      key: "postId",
      windows: [sliding("1 hour", "7 minutes")],
      measures: (m) => ({ n: m.count() }),
    })
    const check = () => requireSound([bad.definition, busiest.definition])
    expect(check).toThrow(Misuse)
    expect(check).toThrow(
      /bad \(check\.test\.ts:\d+\), version: 1\.5 is not a version.*\n.*not a multiple.*\n.*busiest/,
    )
  })
})
