import * as Schema from "effect/Schema"
import fc from "fast-check"
import { expect, test } from "vitest"
import { actor } from "../../define/actor.ts"
import { event } from "../../define/event.ts"
import { inherited, sliding, tumbling } from "../../define/windows.ts"
import { chooser, folded, Liked, lastArrival, log, OUT_OF_ORDER_MS, run, Shared, written } from "./drawn.ts"
import { type FoldEvent, inOrder, windowsOf } from "./fold.ts"

const GRACE_MS = 5_000

const uses = actor("uses", {
  version: 1,
  internal: true,
  on: [Liked, Shared],
  key: (e) => ({ region: e.value % 2 === 0 ? "even" : "odd", post: e.post }),
  keyNames: ["region", "post"],
  windows: [sliding("30 seconds", "10 seconds")],
  grace: "5 seconds",
  measures: (m) => ({ uses: m.count() }),
})
const trending = actor("trending", {
  version: 1,
  on: [uses.closed],
  key: "region",
  windows: [inherited],
  measures: (m) => ({ top: m.top(1, { by: "post", weight: "uses" }), posts: m.count() }),
})

function regionsOf(events: readonly FoldEvent[]) {
  return Object.groupBy(events, ({ value }) => (value % 2 === 0 ? "even" : "odd"))
}

test("closed windows travel the loop into inherited ones: exact in any number of shards, in any order", () => {
  fc.assert(
    fc.property(log, fc.integer(), fc.integer({ min: 1, max: 3 }), (given, seed, shards) => {
      const messages = written(given)
      const endAt = lastArrival(messages) + 60_000
      const cut = chooser(seed + 1)
      const options = { choose: chooser(seed), shards, cuts: () => cut(3) === 0, takeovers: () => cut(4) === 0 }
      const pipeline = run([uses.definition, trending.definition], messages, endAt, options)
      const events = folded(messages).filter(({ type }) => type !== "named")
      const kind = { kind: "sliding", sizeMs: 30_000, byMs: 10_000 } as const
      const expected = Object.entries(regionsOf(events)).flatMap(([region, of]) =>
        windowsOf(kind, of, GRACE_MS)
          .filter(({ end }) => end + GRACE_MS <= endAt - OUT_OF_ORDER_MS)
          .map(({ start, end, events: inside }) => {
            const byPost = Object.entries(Object.groupBy(inside, ({ key }) => key))
            const counted = byPost.map(([value, own]) => ({ value, count: own!.length }))
            const top = counted.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, 1)
            const closed = end <= endAt - OUT_OF_ORDER_MS - GRACE_MS - 1
            return { key: region, window: [start, end], closed, fields: { top, posts: counted.length } }
          }),
      )
      const found = pipeline.views.rows("trending_30s_by_10s").map(({ key, window, closed, fields }) => {
        return { key, window, closed, fields }
      })
      expect(found).toEqual(expected.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)))
      expect(pipeline.frames.flatMap(({ late }) => late).every(({ actor }) => actor === 1)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

const Alarm = event("alarm", {
  version: 1,
  key: "post",
  data: Schema.Struct({ post: Schema.String, sum: Schema.Finite, at: Schema.Date }),
})
const alarms = actor("alarms", {
  version: 1,
  on: [Liked, Shared],
  key: "post",
  windows: [tumbling("10 seconds")],
  grace: "5 seconds",
  measures: (m) => ({ sum: m.sum("value") }),
  emits: [Alarm],
  onChange: ({ sum }, { key, once, window }) => {
    if (sum >= 9) once("nine", Alarm({ ...key, sum, at: window.start }))
  },
})
const alarmed = actor("alarmed", {
  version: 1,
  on: [Alarm],
  key: "post",
  windows: [tumbling("1 minute")],
  measures: (m) => ({ alarms: m.count(), sum: m.sum("sum") }),
})

/** Event time, or the stamp where that had passed it: then place in the log. */
function taken(events: readonly FoldEvent[]): readonly FoldEvent[] {
  return [...inOrder(events)].sort((a, b) => Math.max(a.time, a.stamp) - Math.max(b.time, b.stamp))
}

function expectedAlarms(events: readonly FoldEvent[], watermark: number) {
  const byKey = Object.entries(Object.groupBy(events, ({ key }) => key))
  return byKey.flatMap(([post, own]) =>
    windowsOf({ kind: "tumbling", sizeMs: 10_000 }, own!, GRACE_MS).flatMap(({ start, events: inside }) => {
      let sum = 0
      for (const each of taken(inside)) {
        sum += each.value
        const at = Math.max(each.time, each.stamp)
        if (sum < 9 || at >= watermark) continue
        const stamp = at - GRACE_MS - 1 - 10_000
        return [{ time: each.time, stamp, data: { post, sum, at: new Date(start).toISOString() } }]
      }
      return []
    }),
  )
}

const sorted = <T>(list: readonly T[]) => list.map((each) => JSON.stringify(each)).sort()

test("onChange takes windows as they change in event time, and emits once: what comes out, and its ids, never differ", () => {
  fc.assert(
    fc.property(log, fc.integer(), fc.integer(), (given, one, other) => {
      const messages = written(given)
      const endAt = lastArrival(messages) + 10_000
      const outcome = (seed: number) => {
        const cut = chooser(seed + 1)
        const options = { choose: chooser(seed), shards: 2, cuts: () => cut(3) === 0, takeovers: () => cut(4) === 0 }
        const pipeline = run([alarms.definition, alarmed.definition], messages, endAt, options)
        const emits = pipeline.frames.flatMap((frame) => frame.emits)
        return { emits, views: pipeline.views.all() }
      }
      const { emits, views } = outcome(one)
      const events = folded(messages).filter(({ type }) => type !== "named")
      const expected = expectedAlarms(events, endAt - OUT_OF_ORDER_MS)
      expect(sorted(emits.map(({ time, stamp, data }) => ({ time, stamp, data })))).toEqual(sorted(expected))
      const counted = views.alarmed_totals!.map(({ fields }) => Number(fields.alarms))
      expect(counted.reduce((sum, each) => sum + each, 0)).toBe(expected.length)
      const again = outcome(other)
      expect(sorted(again.emits)).toEqual(sorted(emits))
      expect(again.views).toEqual(views)
    }),
    { numRuns: 50 },
  )
})

const Quiet = event("quiet", {
  version: 1,
  key: "post",
  data: Schema.Struct({ post: Schema.String, after: Schema.Finite }),
})
const watcher = actor("watcher", {
  version: 1,
  on: [Liked, Shared],
  key: "post",
  state: Schema.Struct({ seen: Schema.Array(Schema.Finite), quiet: Schema.Finite, since: Schema.NullOr(Schema.Date) }),
  initial: { seen: [], quiet: 0, since: null },
  emits: [Quiet],
  reduce: (state, { value }, { time, timer, cancel }) => {
    if (value === 0) cancel("quiet")
    else timer("quiet", { after: "3 seconds" })
    return { seen: [...state.seen, value], quiet: state.quiet, since: time }
  },
  onTimer: (state, _name, { key, emit }) => {
    emit(Quiet({ ...key, after: state.seen.length }))
    return { ...state, quiet: state.quiet + 1 }
  },
})

interface Watched {
  seen: number[]
  quiet: number
  since: number | null
  timer: number | null
}

function watch(events: readonly FoldEvent[], watermark: number) {
  const state: Watched = { seen: [], quiet: 0, since: null, timer: null }
  const emits: { time: number; after: number }[] = []
  const fire = (until: number) => {
    if (state.timer === null || state.timer > until) return
    emits.push({ time: state.timer, after: state.seen.length })
    state.quiet++
    state.timer = null
  }
  for (const each of taken(events)) {
    const at = Math.max(each.time, each.stamp)
    if (at >= watermark) break
    fire(at)
    state.seen.push(each.value)
    state.since = each.time
    state.timer = each.value === 0 ? null : Math.max(each.time + 3_000, at + 1)
  }
  fire(watermark)
  return { state, emits }
}

test("the free form takes its inputs and timers in event time, and is the same in any order of lanes", () => {
  fc.assert(
    fc.property(log, fc.integer(), (given, seed) => {
      const messages = written(given)
      const endAt = lastArrival(messages) + 4_000
      const cut = chooser(seed + 1)
      const options = { choose: chooser(seed), cuts: () => cut(3) === 0, takeovers: () => cut(4) === 0 }
      const pipeline = run([watcher.definition], messages, endAt, options)
      const events = folded(messages).filter(({ type }) => type !== "named")
      const watermark = endAt - OUT_OF_ORDER_MS
      const byKey = Object.entries(Object.groupBy(events, ({ key }) => key)).sort(([a], [b]) => (a < b ? -1 : 1))
      const expected = byKey.map(([key, own]) => ({ key, ...watch(own!, watermark) }))
      const rows = pipeline.views.rows("watcher_totals").map(({ key, fields }) => ({ key, fields }))
      expect(rows).toEqual(
        expected
          .filter(({ state }) => state.seen.length > 0)
          .map(({ key, state: { seen, quiet, since } }) => {
            return { key, fields: { seen, quiet, since: since === null ? null : new Date(since).toISOString() } }
          }),
      )
      const emits = pipeline.frames.flatMap((frame) => frame.emits)
      const told = expected.flatMap(({ key, emits: own }) =>
        own.map(({ time, after }) => ({ time, data: { post: key, after } })),
      )
      expect(sorted(emits.map(({ time, data }) => ({ time, data })))).toEqual(sorted(told))
      expect(new Set(emits.map(({ id }) => id)).size).toBe(emits.length)
    }),
    { numRuns: 60 },
  )
})

const sleepy = actor("sleepy", {
  version: 1,
  on: [Liked, Shared],
  key: "post",
  windows: [],
  keep: { idle: "10 seconds" },
  measures: (m) => ({ sum: m.sum("value"), last: m.last("value") }),
})

test("an instance is forgotten after so long without an event, in event time, however lanes interleave", () => {
  fc.assert(
    fc.property(log, fc.integer(), fc.integer({ min: 0, max: 20_000 }), (given, seed, restMs) => {
      const messages = written(given)
      const endAt = lastArrival(messages) + restMs
      const cut = chooser(seed + 1)
      const options = { choose: chooser(seed), cuts: () => cut(3) === 0, takeovers: () => cut(4) === 0 }
      const pipeline = run([sleepy.definition], messages, endAt, options)
      const events = folded(messages).filter(({ type }) => type !== "named")
      const expected = Object.entries(Object.groupBy(events, ({ key }) => key)).flatMap(([key, own]) => {
        let awake: FoldEvent[] = []
        const at = (each: FoldEvent) => Math.max(each.time, each.stamp)
        for (const each of taken(own!)) {
          const before = awake.at(-1)
          awake = before !== undefined && at(each) - at(before) < 10_000 ? [...awake, each] : [each]
        }
        if (at(awake.at(-1)!) + 10_000 <= endAt - OUT_OF_ORDER_MS) return []
        const sum = awake.reduce((all, { value }) => all + value, 0)
        return [{ key, fields: { sum, last: inOrder(awake).at(-1)!.value } }]
      })
      const rows = pipeline.views.rows("sleepy_totals").map(({ key, fields }) => ({ key, fields }))
      expect(rows).toEqual(expected.sort((a, b) => (a.key < b.key ? -1 : 1)))
    }),
    { numRuns: 60 },
  )
})
