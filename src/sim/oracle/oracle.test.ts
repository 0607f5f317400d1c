/** Small cases, computed by hand. */

import * as Schema from "effect/Schema"
import { describe, expect, test } from "vitest"
import { actor } from "../../define/actor.ts"
import { event } from "../../define/event.ts"
import { latest } from "../../define/join.ts"
import { registryOf } from "../../define/registry.ts"
import { session, sliding, tumbling } from "../../define/windows.ts"
import { DECODE_LIMITS } from "../../streams/decode.outcome.ts"
import type { Stored } from "../../streams/log.ts"
import { byInstance, Listeners } from "./deliveries.ts"
import { foldDeclared } from "./instance.ts"
import { type LoggedEvent, readLanes } from "./log.ts"
import { runFree } from "./ordered.ts"
import { isLate, joinSessions, spansAt } from "./windows.ts"

const Liked = event("liked", {
  version: 1,
  key: "post",
  data: Schema.Struct({ post: Schema.String, n: Schema.Finite }),
})
const Named = event("named", {
  version: 1,
  key: "post",
  data: Schema.Struct({ post: Schema.String, name: Schema.String }),
})

const windows = [
  tumbling("10 seconds"),
  sliding("20 seconds", "10 seconds"),
  session({ gap: "5 seconds", max: "1 minute" }),
]
const likes = actor("likes", {
  version: 1,
  on: [Liked],
  key: "post",
  join: { called: latest(Named, ["name"]) },
  windows,
  grace: "2 seconds",
  measures: (m) => ({ likes: m.count(), latest: m.last("n") }),
}).definition

const T = 1_000_000_000
const S = 1_000

function logged(change: Partial<LoggedEvent>): LoggedEvent {
  const data = { post: "p", n: change.sequence ?? 1 }
  const at = { lane: 0, sequence: 1, segment: 0, index: 0, stamp: Number.NEGATIVE_INFINITY, arrivedAt: T }
  return { ...at, tenant: "acme", type: "liked", id: "1", time: T, data, ...change }
}

function fold(events: readonly LoggedEvent[], watermark: number) {
  const { deliveries } = new Listeners([likes]).deliver(events)
  const [instance] = byInstance(deliveries).values()
  const { rows, late } = foldDeclared(likes, instance!, watermark)
  const shown = rows.map(({ window, span, closed, values }) => [
    window,
    span === null ? null : [(span.start - T) / S, (span.end - T) / S],
    closed,
    values,
  ])
  return { shown, missed: late.map(({ missed }) => missed.map(([name, start]) => [name, (start - T) / S])) }
}

describe("windows", () => {
  const [tens, twenties] = likes.windows.map(({ window }) => window)

  test("a time is in the window that begins at or before it, and in all that slide over it", () => {
    expect(spansAt(tens!, T + 9_999)).toEqual([{ start: T, end: T + 10 * S }])
    expect(spansAt(tens!, T + 10 * S)).toEqual([{ start: T + 10 * S, end: T + 20 * S }])
    expect(spansAt(twenties!, T)).toEqual([
      { start: T - 10 * S, end: T + 10 * S },
      { start: T, end: T + 20 * S },
    ])
  })

  test("a window is late once its end and the grace have come, and not a moment before", () => {
    const span = { start: T, end: T + 10 * S }
    expect(isLate(tens!, span, T, T + 12 * S - 1, likes)).toBe(false)
    expect(isLate(tens!, span, T, T + 12 * S, likes)).toBe(true)
  })

  test("sessions that touch are one, but never across a multiple of max", () => {
    const at = (start: number, end: number) => ({ span: { start, end }, of: start })
    expect(joinSessions(60, [at(20, 25), at(10, 15), at(15, 20)]).map(({ span }) => span)).toEqual([
      { start: 10, end: 25 },
    ])
    expect(joinSessions(60, [at(10, 15), at(16, 21)])).toHaveLength(2)
    expect(joinSessions(60, [at(57, 60), at(60, 65)])).toHaveLength(2)
  })
})

describe("the log", () => {
  const rules = {
    registry: registryOf([Liked]),
    limits: DECODE_LIMITS,
    outOfOrderMs: 2 * S,
    repeats: { idsMax: 2, withinMs: 60 * S },
  }
  const single = (sequence: number, id: string, time: number, arrivedAt: number): Stored => ({
    ...{ sequence, arrivedAt, subject: "log.3.acme.liked" },
    headers: { "Millrace-Id": id, "Millrace-Time": String(time) },
    body: Buffer.from(JSON.stringify({ post: "p", n: sequence })),
  })
  const read = (...messages: Stored[]) => readLanes(messages, rules).get(3)!

  test("an event is stamped with the watermark before it, and moves it no further than its arrival", () => {
    const lane = read(single(1, "a", T, T), single(2, "b", T + 9 * S, T + S), single(3, "c", T, T + S))
    expect(lane.events.map(({ stamp }) => stamp - T)).toEqual([Number.NEGATIVE_INFINITY, -2 * S, -S])
    expect(lane.watermarkAt(4 * 256) - T).toBe(-S)
    expect(lane.watermarkAt(2 * 256) - T).toBe(-2 * S)
  })

  test("a tick moves the watermark to its arrival", () => {
    const tick = { ...single(2, "", T, T + 30 * S), subject: "log.3._tick" }
    expect(read(single(1, "a", T, T), tick).watermarkAt(3 * 256) - T).toBe(28 * S)
  })

  test("an id is a repeat among so many, within so long, dropped ones counted", () => {
    const lane = read(...["a", "b", "a", "c", "c", "a"].map((id, i) => single(i + 1, id, T, T + i)))
    expect(lane.events.map(({ id }) => id)).toEqual(["a", "b", "c", "a"])
    expect(lane.tallyAt(7 * 256)).toEqual({ accepted: 6, routed: 4, repeated: 2, rejected: 0 })
    const later = read(single(1, "a", T, T), single(2, "a", T, T + 60 * S), single(3, "a", T, T + 120 * S + 1))
    expect(later.events.map(({ sequence }) => sequence)).toEqual([1, 3])
  })
})

describe("an instance", () => {
  test("has totals, open windows, and sliding ones once they have closed", () => {
    const two = [logged({ sequence: 1, time: T + S }), logged({ sequence: 2, time: T + 11 * S })]
    expect(fold(two, T).shown).toEqual([
      [null, null, false, [2, 2, null]],
      [0, [0, 10], false, [1, 1, null]],
      [0, [10, 20], false, [1, 2, null]],
      [2, [1, 6], false, [1, 1, null]],
      [2, [11, 16], false, [1, 2, null]],
    ])
    expect(fold(two, T + 12 * S).shown).toContainEqual([1, [-10, 10], true, [1, 1, null]])
    expect(fold(two, T + 22 * S).shown).toContainEqual([1, [0, 20], true, [2, 2, null]])
  })

  test("counts a late event in totals and in what it is in time for, and names what it missed", () => {
    const { shown, missed } = fold([logged({ time: T + S, stamp: T + 12 * S })], T)
    expect(shown).toEqual([[null, null, false, [1, 1, null]]])
    expect(missed).toEqual([
      [
        ["10s", 0],
        ["20s_by_10s", -10],
        ["session_5s", 1],
      ],
    ])
    expect(fold([logged({ time: T + S, stamp: T + 12 * S })], T + 22 * S).shown).toContainEqual([
      1,
      [0, 20],
      true,
      [1, 1, null],
    ])
  })

  test("shows a table's newest version before a window's end that was not late for it", () => {
    const named = (name: string, time: number, stamp: number, sequence: number) =>
      logged({ type: "named", data: { post: "p", name }, time, stamp, sequence })
    const events = [
      logged({ time: T + S }),
      named("early", T, T, 2),
      named("late", T + 2 * S, T + 12 * S, 3),
      named("after", T + 10 * S, T, 4),
    ]
    const rows = fold(events, T).shown
    expect(rows[0]![3]).toEqual([1, 1, { name: "after" }])
    expect(rows[1]).toEqual([0, [0, 10], false, [1, 1, { name: "early" }]])
  })
})

test("the free form takes inputs in the order of their moments, with timers in between", () => {
  const trail = actor("trail", {
    version: 1,
    on: [Liked],
    key: "post",
    state: Schema.Struct({ trail: Schema.String }),
    initial: { trail: "" },
    reduce(state, { n }, { timer }) {
      if (n === 1) timer("ring", { after: "5 seconds" })
      return { trail: `${state.trail} ${n}` }
    },
    onTimer: (state, name) => ({ trail: `${state.trail} ${name}` }),
  }).definition
  const events = [
    logged({ sequence: 1, time: T }),
    logged({ sequence: 2, time: T + 5 * S }),
    logged({ sequence: 3, time: T + 4 * S }),
    logged({ sequence: 4, time: T - S, stamp: T + 6 * S }),
    logged({ sequence: 5, time: T + 9 * S }),
  ]
  const [instance] = byInstance(new Listeners([trail]).deliver(events).deliveries).values()
  const { state, late, taken } = runFree(trail, instance!, T + 9 * S)
  expect(state).toEqual({ trail: " 1 3 ring 2 4" })
  expect([late.length, taken]).toEqual([1, 4])
})
