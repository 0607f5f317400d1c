import * as Schema from "effect/Schema"
import fc from "fast-check"
import { expect, test } from "vitest"
import { actor } from "../../define/actor.ts"
import { event } from "../../define/event.ts"
import { latest } from "../../define/join.ts"
import { session, sliding, tumbling } from "../../define/windows.ts"
import { isIngestLane } from "../../streams/lanes.ts"
import { type FoldEvent, inOrder, missedBy, stamped, type WindowKind, windowsOf } from "./fold.ts"
import { type Given, Pipeline, type PipelineOptions } from "./pipeline.ts"

const data = Schema.Struct({ post: Schema.String, value: Schema.Finite })
const Liked = event("liked", { version: 1, key: "post", data })
const Shared = event("shared", { version: 1, key: "post", data })
const Named = event("named", { version: 1, key: "post", data })

const GRACE_MS = 5_000
const posts = actor("posts", {
  version: 1,
  on: [Liked, Shared],
  key: "post",
  join: { named: latest(Named, ["value"]) },
  windows: [
    tumbling("10 seconds"),
    sliding("30 seconds", "10 seconds"),
    session({ gap: "7 seconds", max: "1 minute" }),
  ],
  grace: "5 seconds",
  measures: (m) => ({
    likes: m.count(Liked),
    shares: m.count(Shared),
    sum: m.sum("value"),
    first: m.first("value"),
    last: m.last("value"),
    people: m.distinct("value"),
  }),
})
const WINDOWS: Readonly<Record<string, WindowKind>> = {
  "10s": { kind: "tumbling", sizeMs: 10_000 },
  "30s_by_10s": { kind: "sliding", sizeMs: 30_000, byMs: 10_000 },
  session_7s: { kind: "session", gapMs: 7_000, maxMs: 60_000 },
}

const T = 1_750_000_020_000
const OUT_OF_ORDER_MS = 2_000
/** Of a lane: each message's delay after the one before, and its events, by how far they lie back. */
const message = fc.record({
  afterMs: fc.integer({ min: 0, max: 9_000 }),
  events: fc.array(
    fc.record({
      type: fc.constantFrom("liked", "liked", "shared", "named"),
      key: fc.constantFrom("a", "b"),
      backMs: fc.oneof(fc.integer({ min: -3_000, max: 4_000 }), fc.integer({ min: 0, max: 60_000 }), fc.constant(0)),
      value: fc.integer({ min: 0, max: 9 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
})
const log = fc.tuple(...[0, 1, 2].map(() => fc.array(message, { maxLength: 7 })))
type Log = readonly (readonly {
  readonly afterMs: number
  readonly events: readonly { type: string; key: string; backMs: number; value: number }[]
}[])[]

interface Written {
  readonly lane: number
  readonly arrivedAt: number
  readonly events: readonly Given[]
}

function written(given: Log): readonly Written[] {
  return given.flatMap((messages, lane) => {
    let arrivedAt = T
    return messages.map(({ afterMs, events }) => {
      arrivedAt += afterMs
      const at = arrivedAt
      return {
        lane,
        arrivedAt: at,
        events: events.map(({ type, key, backMs, value }) => ({
          ...{ tenant: "acme", type, version: 1, id: null, time: at - backMs },
          data: { post: key, value },
        })),
      }
    })
  })
}

function folded(messages: readonly Written[]): readonly FoldEvent[] {
  return [0, 1, 2].flatMap((lane) => {
    const own = messages.filter((each) => each.lane === lane)
    const times = own.map(({ arrivedAt, events }) => ({ arrivedAt, times: events.map(({ time }) => time) }))
    const stamps = stamped(times, OUT_OF_ORDER_MS)
    return own.flatMap(({ arrivedAt, events }, i) =>
      events.map(({ type, time, data }, index) => ({
        ...{ type, lane, sequence: i + 1, index, time, arrivedAt },
        key: String(data.post),
        value: Number(data.value),
        stamp: stamps[i]!,
      })),
    )
  })
}

/** mulberry32: an order of events for a seed. */
function chooser(seed: number): (count: number) => number {
  let state = seed
  return (count) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % count
  }
}

function run(
  messages: readonly Written[],
  endAt: number,
  options: Partial<PipelineOptions> = {},
  definitions = [posts.definition],
) {
  const pipeline = new Pipeline({ definitions, outOfOrderMs: OUT_OF_ORDER_MS, ...options })
  for (const { lane, arrivedAt, events } of messages) pipeline.publish(lane, arrivedAt, events)
  pipeline.tick(endAt)
  pipeline.run()
  return pipeline
}

const lastArrival = (messages: readonly Written[]) => Math.max(T, ...messages.map(({ arrivedAt }) => arrivedAt))

/** What the protocol says the fields of a window or of all time are. */
function fieldsOf(events: readonly FoldEvent[], named: FoldEvent | undefined) {
  const sorted = inOrder(events)
  const likes = events.filter(({ type }) => type === "liked").length
  return {
    likes,
    shares: events.length - likes,
    sum: events.reduce((sum, { value }) => sum + value, 0),
    first: sorted[0]?.value ?? null,
    last: sorted.at(-1)?.value ?? null,
    people: new Set(events.map(({ value }) => value)).size,
    named: named === undefined ? null : { value: named.value },
  }
}

const arrivalOf = (events: readonly (FoldEvent | undefined)[]) =>
  Math.max(...events.map((each) => each?.arrivedAt ?? Number.NEGATIVE_INFINITY))

function expectedViews(all: readonly FoldEvent[], watermark: number) {
  const keys = [...new Set(all.map(({ key }) => key))].sort()
  const rowsOf = (rows: (key: string, events: readonly FoldEvent[], names: readonly FoldEvent[]) => unknown[]) =>
    keys.flatMap((key) => {
      const own = all.filter((each) => each.key === key)
      const names = inOrder(own.filter(({ type }) => type === "named"))
      return rows(
        key,
        own.filter(({ type }) => type !== "named"),
        names,
      )
    })
  const totals = rowsOf((key, events, names) => [
    {
      ...{ tenant: "acme", key, window: null, closed: false },
      updatedAt: arrivalOf([...events, names.at(-1)]),
      fields: fieldsOf(events, names.at(-1)),
    },
  ])
  const windows = Object.entries(WINDOWS).map(([name, window]) => [
    `posts_${name}`,
    rowsOf((key, events, names) =>
      windowsOf(window, events, GRACE_MS).flatMap(({ start, end, events: inside }) => {
        const closed = end + GRACE_MS <= watermark
        if (window.kind === "sliding" && !closed) return []
        const version = names.findLast(({ time, stamp }) => time < end && stamp < end + GRACE_MS)
        const fields = fieldsOf(inside, version)
        const updatedAt = arrivalOf([...inside, version])
        return [{ tenant: "acme", key, window: [start, end], closed, updatedAt, fields }]
      }),
    ),
  ])
  return { posts_totals: totals, ...Object.fromEntries(windows) }
}

const sortKey = ({ key, index, lane, place }: { key: string; index: number; lane: number; place: number }) =>
  `${lane} ${place} ${index} ${key}`

test("S3 totals, windows and joins are a fold of the log, however lanes interleave and wherever frames are cut", () => {
  fc.assert(
    fc.property(log, fc.integer(), fc.integer({ min: 0, max: 90_000 }), (given, seed, restMs) => {
      const messages = written(given)
      const endAt = lastArrival(messages) + restMs
      const cut = chooser(seed + 1)
      const pipeline = run(messages, endAt, { choose: chooser(seed), cuts: () => cut(3) === 0 })
      expect(pipeline.views.all()).toEqual(expectedViews(folded(messages), endAt - OUT_OF_ORDER_MS))
    }),
    { numRuns: 100 },
  )
})

test("the late ledger names exactly the windows each event missed, and every delivery has one outcome (A6)", () => {
  fc.assert(
    fc.property(log, fc.integer(), (given, seed) => {
      const messages = written(given)
      const pipeline = run(messages, lastArrival(messages), { choose: chooser(seed) })
      const events = folded(messages)
      const expected = events
        .filter(({ type }) => type !== "named")
        .map((each) => ({
          lane: each.lane,
          place: each.sequence * 256,
          index: each.index,
          key: each.key,
          missed: Object.entries(WINDOWS).flatMap(([name, window]) =>
            missedBy(window, each, GRACE_MS).map((start) => [name, start]),
          ),
        }))
        .filter(({ missed }) => missed.length > 0)
      const letters = pipeline.frames.flatMap(({ late }) => late)
      const found = letters.map(({ lane, place, index, key, missed }) => ({ lane, place, index, key, missed }))
      expect(found.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))).toEqual(
        expected.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
      )
      const counts = pipeline.frames.at(-1)?.head.counts
      if (events.length === 0) return
      expect(counts).toMatchObject({ delivered: events.length, late: expected.length, dead: 0 })
      expect(counts!.applied).toBe(events.length - expected.length)
    }),
    { numRuns: 100 },
  )
})

test("A5 cutting after every unit or never gives the same rows, emits and letters", () => {
  fc.assert(
    fc.property(log, fc.integer(), (given, seed) => {
      const messages = written(given)
      const endAt = lastArrival(messages) + 60_000
      const outcome = (cuts: PipelineOptions["cuts"]) => {
        const { frames, views } = run(messages, endAt, { choose: chooser(seed), cuts: cuts! })
        const letters = frames.flatMap(({ late, dead }) => [...late, ...dead])
        const { counts, watermarks, taken } = frames.at(-1)!.head
        return {
          ...{ counts, watermarks, views: views.all() },
          letters: letters.map((each) => JSON.stringify(each)).sort(),
          taken: taken.filter(([lane]) => isIngestLane(lane)),
        }
      }
      expect(outcome(() => true)).toEqual(outcome(() => false))
    }),
    { numRuns: 100 },
  )
})

test("the same input twice gives the same bytes", () => {
  fc.assert(
    fc.property(log, fc.integer(), (given, seed) => {
      const messages = written(given)
      const bytes = () => {
        const cut = chooser(seed + 1)
        const options = { choose: chooser(seed), cuts: () => cut(4) === 0 }
        return Buffer.concat(run(messages, lastArrival(messages) + 60_000, options).bytes).toString("base64")
      }
      expect(bytes()).toBe(bytes())
    }),
    { numRuns: 100 },
  )
})
