import { expect, test } from "vitest"
import { shops, towns } from "../../actors/testing/cluster.ts"
import { type Emitted, encodeFrame } from "../frame.ts"
import type { Stored } from "../log.ts"
import { afterMessage, placeOf, START } from "../place.ts"
import type { Segment } from "../section.ts"
import { LoopRouter } from "./loop-router.ts"
import { routesOf } from "./routes.ts"

const ROUTES = routesOf([shops.definition, towns.definition])
const T = 1_750_000_000_000
const POINT = { sequence: 0, step: 0 }
const COUNTS = { delivered: 0, applied: 0, late: 0, dead: 0, rejected: 0, emitted: 0, closed: 0 }

const closed = (town: string, stamp = T): Emitted => ({
  ...{ tenant: "acme", type: "shops.closed", version: 1, id: `e${town}`, time: T - 1, stamp, stage: 1 },
  data: {
    window: { start: new Date(T - 60_000).toISOString(), end: new Date(T).toISOString(), name: "1m" },
    ...{ shop: "s", town, sold: 3, revenue: 4.5 },
  },
})

function frame(n: number, emits: readonly Emitted[], watermarks: readonly number[] = [T, T - 30_000]): Stored {
  const head = {
    ...{ generation: 1, shard: 2, epoch: 1, n, writer: "w", from: POINT, to: POINT, taken: [], watermarks },
    ...{ coverage: [], deadlines: [], counts: COUNTS },
  }
  const body = encodeFrame({ head, views: [], emits, facts: [], late: [], dead: [] })
  return { sequence: 100 + n, subject: "outbox.1.2", arrivedAt: T + n, headers: {}, body }
}

function routed(...frames: readonly Stored[]) {
  const router = new LoopRouter({ shard: 2, shards: 4, routes: ROUTES }, { place: START, sequence: 0, watermarks: [] })
  const delivered: { segment: Segment; before: readonly number[] }[] = []
  for (const each of frames) router.take(each, (_, segment, before) => delivered.push({ segment, before }))
  return { router, delivered }
}

test("R9 R10 an emit reaches who listens, at the place of its frame, with its own stamp", () => {
  const { delivered } = routed(frame(7, [closed("north", T - 5)]))
  expect(delivered).toHaveLength(1)
  const { place, groups } = delivered[0]!.segment
  expect(place).toBe(placeOf(7, 0))
  expect(groups).toMatchObject([{ tenant: "acme", key: "north", stamp: T - 5, records: [{ index: 0, time: T - 1 }] }])
})

test("R10 a segment says the watermarks before it, the lane those of its newest frame", () => {
  const { router, delivered } = routed(frame(1, [], [5, 4]), frame(2, [closed("north")], [9, 8]))
  expect(delivered[0]!.before).toEqual([5, 4])
  expect(router.state).toEqual({ place: afterMessage(2), sequence: 102, watermarks: [9, 8] })
})

test("emits with different stamps are different groups, so one does not make the other late", () => {
  const { delivered } = routed(frame(1, [closed("north", T), closed("north", T + 60_000)]))
  expect(delivered[0]!.segment.groups.map(({ stamp }) => stamp)).toEqual([T, T + 60_000])
})

test("more emits than a segment holds are several segments", () => {
  const { delivered } = routed(
    frame(
      1,
      Array.from({ length: 300 }, () => closed("north")),
    ),
  )
  expect(delivered.map(({ segment }) => segment.place)).toEqual([placeOf(1, 0), placeOf(1, 1)])
})

test("an emit that is not of its schema is rejected with its bytes; one that nobody listens to goes nowhere", () => {
  const { delivered } = routed(
    frame(1, [
      { ...closed("north"), data: { town: 7 } },
      { ...closed("x"), type: "other" },
    ]),
  )
  expect(delivered.flatMap(({ segment }) => segment.groups)).toEqual([])
  expect(delivered.flatMap(({ segment }) => segment.rejected)).toMatchObject([
    { index: 0, type: "shops.closed", reason: "invalid", actor: null },
  ])
})
