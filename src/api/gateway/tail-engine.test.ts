import { expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { builtinActors } from "../../builtin/actors.ts"
import { BUILTIN_EVENTS } from "../../builtin/events.ts"
import { registryOf } from "../../define/registry.ts"
import { encodeFrame, type Frame } from "../../streams/frame.ts"
import { encodeLetterMessage } from "../../streams/letters.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { deadSubject, lateSubject, outboxSubject, sinkDeadSubject } from "../../streams/names.ts"
import { placeOf } from "../../streams/place.ts"
import { routesOf } from "../../streams/route/routes.ts"
import { planTopology } from "../../streams/topology.ts"
import { viewsOf } from "../../streams/views.ts"
import { pack } from "../../wire/pack.ts"
import type { Tailed } from "../report.ts"
import { type EngineNames, engineNames, NO_NAMES } from "./engine-names.ts"
import type { TailQuery } from "./sources.ts"
import { tailLog } from "./tail-source.ts"

const GENERATION = 1
const { streams } = planTopology({ generation: GENERATION, diskBytes: 2 ** 34, replicas: 1 })
const registry = registryOf(BUILTIN_EVENTS)
const definitions = builtinActors.map(({ definition }) => definition)
const names = engineNames(definitions)
const { actors } = routesOf(definitions)
const engagement = actors.findIndex(({ name }) => name === "post_engagement")
const view = viewsOf(actors).find(({ name }) => name === "post_engagement_1m")!

const newLog = () => new MemoryLog({ clock: systemClock, streams })

async function read(log: MemoryLog, query: Partial<TailQuery>, known: EngineNames = names) {
  const all: Tailed[] = []
  const whole: TailQuery = { of: "outbox", from: 1, newest: false, ...query }
  const options = { log, registry, generation: GENERATION, names: async () => known }
  for await (const { events } of tailLog(options, whole, new AbortController().signal)) {
    if (events.length === 0) return all
    all.push(...events)
  }
  throw new Error("it ended")
}

const point = { sequence: 1, step: 0 }
const COUNTS = { delivered: 2, applied: 1, late: 1, dead: 0, rejected: 0, emitted: 1, closed: 0 }

const FRAME: Frame = {
  head: {
    ...{ generation: GENERATION, shard: 3, epoch: 2, n: 7, writer: "w", from: point, to: point, taken: [] },
    ...{ watermarks: [60_000, Number.NEGATIVE_INFINITY], coverage: [], deadlines: [], counts: COUNTS },
  },
  views: [
    {
      view: view.number,
      rows: ["demo", "other"].map((tenant) => {
        const values = view.columns.map((column, i) => (column.name === "likes" ? 2n ** 60n : i))
        return { tenant, key: "p1", window: [0, 60_000] as const, closed: true, values, updatedAt: 0 }
      }),
    },
  ],
  emits: [
    {
      ...{ tenant: "demo", type: "sensor_alert", version: 1, id: "e1", time: 5, stamp: 0, stage: 0 },
      data: { p95: 9 },
    },
  ],
  ...{ facts: [], late: [], dead: [] },
}

const append = (log: MemoryLog, frame: Frame) =>
  log.append({ subject: outboxSubject(GENERATION, frame.head.shard), body: encodeFrame(frame) })

test("a frame tells its rows by view and field, and what was emitted", async () => {
  const log = newLog()
  await append(log, FRAME)
  const [frame] = await read(log, {})
  expect(frame).toMatchObject({ kind: "frame", shard: 3, epoch: 2, n: 7, counts: { late: 1 } })
  expect(frame).toMatchObject({ watermarks: ["1970-01-01T00:01:00.000Z", null] })
  const window = ["1970-01-01T00:00:00.000Z", "1970-01-01T00:01:00.000Z"]
  const row = { tenant: "demo", key: "p1", window, closed: true, values: { likes: "1152921504606846976", comments: 1 } }
  expect(frame).toMatchObject({ views: [{ view: "post_engagement_1m", rows: [row, { tenant: "other" }] }] })
  expect(frame).toMatchObject({ emits: [{ type: "sensor_alert", time: "1970-01-01T00:00:00.005Z", data: { p95: 9 } }] })
  expect(JSON.parse(JSON.stringify(frame))).toEqual(frame)
})

test("of a frame only the tenant or the type that was asked for is told, and nothing if it has none", async () => {
  const log = newLog()
  await append(log, FRAME)
  const rowsOf = (tailed: readonly Tailed[]) =>
    tailed.flatMap((each) => (each.kind === "frame" ? each.views.flatMap(({ rows }) => rows) : []))
  expect(rowsOf(await read(log, { tenant: "other" }))).toMatchObject([{ tenant: "other" }])
  expect(await read(log, { tenant: "nobody" })).toEqual([])
  expect(await read(log, { type: "sensor_alert" })).toMatchObject([{ views: [], emits: [{ id: "e1" }] }])
})

test("a generation of other code keeps its numbers: no name is guessed", async () => {
  const log = newLog()
  await append(log, FRAME)
  const [frame] = await read(log, {}, NO_NAMES)
  expect(frame).toMatchObject({
    views: [{ view: `#${view.number}`, rows: [{ values: { "#0": expect.anything() } }, {}] }],
  })
})

const DEAD = {
  ...{ lane: 5, place: placeOf(9, 0), key: "p1", index: 2, tenant: "demo", type: "post_liked", id: "e9", time: 5 },
  ...{ reason: "step-failed", detail: "x is undefined", stack: "at actors.ts:3", actor: engagement },
  ...{ encoding: "msgpack", bytes: pack({ postId: "p1" }) },
}

const LATE = {
  ...{ tenant: "demo", actor: engagement, key: "p1", type: 0, lane: 5, place: placeOf(8, 0), index: 0, time: 5 },
  ...{ stamp: 100_000, missed: [["1m", 0]] as const },
}

async function lettersLog() {
  const log = newLog()
  const message = { n: 7, sequence: 70, total: 1 }
  const dead = encodeLetterMessage({ ...message, letters: { dead: [DEAD], late: [] } })
  await log.append({ subject: deadSubject(GENERATION, 3), body: dead })
  const late = encodeLetterMessage({ ...message, letters: { dead: [], late: [LATE] } })
  await log.append({ subject: lateSubject(GENERATION, 4), body: late })
  return log
}

test("a dead letter tells the event, the actor and key it failed for, why and where", async () => {
  const log = await lettersLog()
  const [letter, ...more] = await read(log, { of: "dead" })
  expect(more).toEqual([])
  expect(letter).toMatchObject({
    ...{ kind: "letter", about: "dead", shard: 3, frame: 7, tenant: "demo", actor: "post_engagement", key: "p1" },
    ...{ type: "post_liked", id: "e9", position: { lane: 5, sequence: 9, index: 2 }, data: { postId: "p1" } },
    ...{ reason: "step-failed", detail: "x is undefined", stack: "at actors.ts:3" },
  })
  expect(await read(log, { of: "dead", tenant: "other" })).toEqual([])
})

test("data that is no JSON any more is told as the text it is", async () => {
  const log = newLog()
  const letters = { late: [], dead: [{ ...DEAD, encoding: "json", bytes: Buffer.from('{"cut":') }] }
  const body = encodeLetterMessage({ n: 1, sequence: 1, total: 1, letters })
  await log.append({ subject: deadSubject(GENERATION, 0), body })
  expect(await read(log, { of: "dead" })).toMatchObject([{ data: '{"cut":' }])
})

test("a late event tells the watermark it came after, and the windows it missed", async () => {
  const [letter] = await read(await lettersLog(), { of: "late" })
  expect(letter).toMatchObject({ about: "late", shard: 4, actor: "post_engagement", reason: "late" })
  expect(letter).toMatchObject({ type: actors[engagement]!.sources[0]!.type })
  expect(letter).toMatchObject({ detail: expect.stringMatching(/00:01:40.000Z; missed 1m of 1970-01-01T00:00:00/) })
})

test("what this build cannot read is told as being there, with the reason", async () => {
  const log = newLog()
  await log.append({ subject: sinkDeadSubject(GENERATION, "postgres", 1), body: pack({ row: 1 }) })
  const [told] = await read(log, { of: "dead" })
  expect(told).toMatchObject({ kind: "event", refused: expect.stringMatching(/^dead\.1\.postgres\.1, \d+ bytes: /) })
})
