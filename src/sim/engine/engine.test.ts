import fc from "fast-check"
import { expect, test } from "vitest"
import { actor } from "../../define/actor.ts"
import { latest } from "../../define/join.ts"
import { session, sliding, tumbling } from "../../define/windows.ts"
import { isIngestLane } from "../../streams/lanes.ts"
import { chooser, folded, Liked, lastArrival, log, Named, OUT_OF_ORDER_MS, run, Shared, written } from "./drawn.ts"
import { type FoldEvent, inOrder, missedBy, type WindowKind, windowsOf } from "./fold.ts"
import type { PipelineOptions } from "./pipeline.ts"

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
      tenant: "acme",
      key,
      window: null,
      closed: false,
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
      const pipeline = run([posts.definition], messages, endAt, {
        choose: chooser(seed),
        cuts: () => cut(3) === 0,
        takeovers: () => cut(4) === 0,
      })
      expect(pipeline.views.all()).toEqual(expectedViews(folded(messages), endAt - OUT_OF_ORDER_MS))
    }),
    { numRuns: 100 },
  )
})

test("the late ledger names exactly the windows each event missed, and every delivery has one outcome (A6)", () => {
  fc.assert(
    fc.property(log, fc.integer(), (given, seed) => {
      const messages = written(given)
      const pipeline = run([posts.definition], messages, lastArrival(messages), { choose: chooser(seed) })
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
        const { frames, views } = run([posts.definition], messages, endAt, { choose: chooser(seed), cuts: cuts! })
        const letters = frames.flatMap(({ late, dead }) => [...late, ...dead])
        const { counts, watermarks, taken } = frames.at(-1)!.head
        return {
          counts,
          watermarks,
          views: views.all(),
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
        return Buffer.concat(run([posts.definition], messages, lastArrival(messages) + 60_000, options).bytes).toString(
          "base64",
        )
      }
      expect(bytes()).toBe(bytes())
    }),
    { numRuns: 100 },
  )
})
