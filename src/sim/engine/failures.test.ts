import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { actor } from "../../define/actor.ts"
import type { Definition } from "../../define/definition.ts"
import { event } from "../../define/event.ts"
import { inherited, sliding, tumbling } from "../../define/windows.ts"
import { Liked, Named, Shared } from "./drawn.ts"
import { Pipeline } from "./pipeline.ts"

const T = 1_750_000_020_000
const REST_MS = 120_000

/** One message an event, a second apart. */
function pipelineOf(definition: Definition, values: readonly number[], more: readonly Definition[] = []) {
  const pipeline = new Pipeline({ definitions: [definition, ...more], events: [Liked, Shared, Named] })
  values.forEach((value, i) => {
    const time = T + i * 1_000
    pipeline.publish(0, time, [
      { tenant: "acme", type: "liked", version: 1, id: null, time, data: { post: "p", value } },
    ])
  })
  pipeline.tick(T + REST_MS)
  pipeline.run()
  const dead = pipeline.frames.flatMap((frame) => frame.dead)
  return { pipeline, dead, counts: pipeline.frames.at(-1)!.head.counts }
}

const state = Schema.Struct({ sum: Schema.Finite, seen: Schema.Array(Schema.Finite) })
type State = typeof state.Type
const free = { version: 1, on: [Liked], key: "post", state, initial: { sum: 0, seen: [] } } as const
const adding = ({ sum, seen }: State, value: number): State => ({ sum: sum + value, seen: [...seen, value] })

test("T2 an input that reduce fails on is a dead letter with its stack; the state is as it was, and the rest goes on", () => {
  const failing = actor("failing", {
    ...free,
    reduce: (before, { value }) => {
      if (value === 2) throw new Error("two is too much")
      return adding(before, value)
    },
  })
  const { pipeline, dead, counts } = pipelineOf(failing.definition, [1, 2, 3])
  expect(dead).toMatchObject([{ key: "p", actor: 0, lane: 0, index: 0, type: "liked", detail: "two is too much" }])
  expect(dead[0]?.stack).toContain("failures.test.ts")
  expect(pipeline.views.rows("failing_totals")).toMatchObject([{ fields: { sum: 4, seen: [1, 3] } }])
  expect(counts).toMatchObject({ delivered: 3, applied: 2, late: 0, dead: 1 })
})

test("F3 a state cannot be changed in place, nor be anything but its schema's", () => {
  const changing = actor("changing", {
    ...free,
    reduce: (before, { value }) => {
      if (value === 1) (before as { sum: number }).sum = 7
      return value === 2 ? ({ sum: "2", seen: [] } as unknown as State) : adding(before, value)
    },
  })
  const { pipeline, dead } = pipelineOf(changing.definition, [1, 2, 3])
  expect(dead).toHaveLength(2)
  expect(pipeline.views.rows("changing_totals")).toMatchObject([{ fields: { sum: 3, seen: [3] } }])
})

test("F1 what a failing function emitted and set is gone; what goes beyond the bounds fails", () => {
  const Told = event("told", { version: 1, key: "post", data: Schema.Struct({ post: Schema.String }) })
  const telling = actor("telling", {
    ...free,
    emits: [Told],
    reduce: (before, { value }, { key, emit, timer }) => {
      for (let i = 0; i < value; i++) emit(Told({ ...key }))
      timer("later", { after: "1 second" })
      if (value === 2) throw new Error("after all")
      return adding(before, value)
    },
    onTimer: (before) => adding(before, 100),
  })
  const { pipeline, dead } = pipelineOf(telling.definition, [1_000, 2, 3])
  expect(dead.map(({ detail }) => detail)).toEqual([expect.stringContaining("more than 64 events"), "after all"])
  expect(pipeline.frames.flatMap(({ emits }) => emits)).toHaveLength(3)
  expect(pipeline.views.rows("telling_totals")).toMatchObject([{ fields: { seen: [3, 100] } }])
})

test("clock, chance and I/O throw inside a step, and are themselves again outside", () => {
  const before = Reflect.get(Date, "now")
  const doors: readonly (() => unknown)[] = [
    () => before.call(Date) && Reflect.apply(Reflect.get(Date, "now"), Date, []),
    () => Reflect.construct(Date, []),
    () => Reflect.apply(Reflect.get(Math, "random"), Math, []),
    () => fetch("http://127.0.0.1:1"),
    () => Reflect.get(process, "env"),
    () => process.uptime(),
    () => new Date(0).getTime(),
  ]
  const peeking = actor("peeking", {
    ...free,
    reduce: (state, { value }) => {
      doors[value]!()
      return adding(state, value)
    },
  })
  const { pipeline, dead } = pipelineOf(peeking.definition, [0, 1, 2, 3, 4, 5, 6])
  expect(dead.map(({ detail }) => detail)).toEqual(
    ["Date.now", "new Date without", "Math.random", "fetch", "process.env", "process.uptime"].map((name) =>
      expect.stringContaining(name),
    ),
  )
  expect(pipeline.views.rows("peeking_totals")).toMatchObject([{ fields: { seen: [6] } }])
  expect(typeof process.uptime()).toBe("number")
  expect(Reflect.construct(Date, []).getTime()).toBeGreaterThan(T)
})

const picky = {
  name: "picky",
  version: 1,
  empty: 0,
  add: (sum: number, value: number) => {
    if (value === 2) throw new Error("not two")
    return sum + value
  },
  merge: (a: number, b: number) => a + b,
  value: (sum: number) => sum,
  codec: { encode: (sum: number) => sum, decode: (encoded: unknown) => Number(encoded) },
}

test("a measure of a user's own that throws changes no pane, and the input is dead for that actor alone", () => {
  const counting = actor("counting", {
    version: 1,
    on: [Liked],
    key: "post",
    windows: [tumbling("1 minute"), sliding("1 minute", "10 seconds")],
    measures: (m) => ({ all: m.count(), own: m.custom((e) => e.value, picky, { type: "double" }) }),
  })
  const { pipeline, dead, counts } = pipelineOf(counting.definition, [1, 2, 3])
  expect(dead).toMatchObject([{ detail: "not two", key: "p" }])
  expect(pipeline.views.rows("counting_totals")).toMatchObject([{ fields: { all: 2, own: 4 } }])
  expect(pipeline.views.rows("counting_1m")).toMatchObject([{ closed: true, fields: { all: 2, own: 4 } }])
  expect(counts).toMatchObject({ delivered: 3, applied: 2, dead: 1 })
})

test("onClose that throws leaves a letter for its window, which closes all the same, and is heard by others", () => {
  const closing = actor("closing", {
    version: 1,
    on: [Liked],
    key: "post",
    windows: [tumbling("10 seconds")],
    measures: (m) => ({ sum: m.sum("value") }),
    onClose: ({ sum }) => {
      if (sum > 0) throw new Error("no end")
    },
  })
  const hearing = actor("hearing", {
    version: 1,
    on: [closing.closed],
    key: "post",
    windows: [inherited],
    measures: (m) => ({ sum: m.sum("sum") }),
  })
  const { pipeline, dead } = pipelineOf(closing.definition, [1, 2], [hearing.definition])
  expect(dead).toMatchObject([{ type: "closing.closed", key: "p", detail: "no end" }])
  expect(pipeline.views.rows("closing_10s")).toMatchObject([{ closed: true, fields: { sum: 3 } }])
  expect(pipeline.views.rows("hearing_10s")).toMatchObject([{ closed: true, fields: { sum: 3 } }])
})

test("what a router rejected leaves through its home shard's frame, and is no delivery", () => {
  const liking = actor("liking", {
    version: 1,
    on: [Liked],
    key: "post",
    windows: [],
    measures: (m) => ({ n: m.count() }),
  })
  const pipeline = new Pipeline({ definitions: [liking.definition] })
  pipeline.publish(0, T, [{ tenant: "acme", type: "liked", version: 1, id: null, time: T, data: { post: 7 } }])
  pipeline.run()
  expect(pipeline.frames.flatMap(({ dead }) => dead)).toMatchObject([{ reason: "invalid", actor: null, key: null }])
  expect(pipeline.frames.at(-1)!.head.counts).toMatchObject({ delivered: 0, dead: 0, rejected: 1 })
})
