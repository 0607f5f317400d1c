import * as Schema from "effect/Schema"
import fc from "fast-check"
import { expect, test } from "vitest"
import { SEGMENTS_PER_BLOCK_MAX, STREAM_MESSAGE_BYTES_MAX } from "../../base/limits.ts"
import { actor } from "../../define/actor.ts"
import { event } from "../../define/event.ts"
import { registryOf } from "../../define/registry.ts"
import { tumbling } from "../../define/windows.ts"
import { Packer, pack } from "../../wire/pack.ts"
import { storedSubject, tickSubject } from "../../wire/subject.ts"
import { DECODE_LIMITS } from "../decode.outcome.ts"
import type { Stored } from "../log.ts"
import { afterMessage, placeOf, START } from "../place.ts"
import { encodeSegment, type Segment } from "../section.ts"
import { LaneRouter, type LaneState } from "./lane-router.ts"
import { Repeats } from "./repeats.ts"
import { routesOf, shardOf } from "./routes.ts"

const Liked = event("liked", {
  version: 1,
  key: "postId",
  data: Schema.Struct({ postId: Schema.String, userId: Schema.String }),
})
const likes = actor("likes", {
  version: 1,
  on: [Liked],
  key: "postId",
  windows: [tumbling("1 minute")],
  measures: (m) => ({ likes: m.count() }),
})
const choosy = actor("choosy", {
  version: 1,
  on: [Liked],
  key: (e) => {
    if (e.userId === "bad") throw new Error("not this one")
    return { userId: e.userId }
  },
  windows: [tumbling("1 minute")],
  measures: (m) => ({ likes: m.count() }),
})

const SHARDS = 4
const FRESH: LaneState = {
  place: START,
  watermark: Number.NEGATIVE_INFINITY,
  counts: { accepted: 0, routed: 0, repeated: 0, rejected: 0 },
}
const T = 1_750_000_000_000

function router(from = FRESH, repeats = new Repeats({ idsMax: 1024, withinMs: 600_000 }), facts = false) {
  const delivered: { shard: number; segment: Segment }[] = []
  const terms = {
    lane: 3,
    shards: SHARDS,
    routes: routesOf([likes.definition, choosy.definition]),
    registry: registryOf([Liked]),
    limits: DECODE_LIMITS,
    outOfOrderMs: 2_000,
    keepsFacts: () => facts,
  }
  const lane = new LaneRouter(terms, repeats, from)
  return {
    lane,
    delivered,
    take: (stored: Stored) => lane.take(stored, (shard, segment) => delivered.push({ shard, segment })),
  }
}

interface Given {
  readonly id?: string | null
  readonly time?: number
  readonly post?: unknown
  readonly user?: string
}

function batch(sequence: number, events: readonly Given[], arrivedAt = T + sequence): Stored {
  const rows = events.map(({ id = null, time = T, post = "p1", user = "u1" }) => [0, id, time, post, user])
  const body = pack([1, `b${sequence}`, [["liked", 1, ["postId", "userId"]]], rows])
  return { sequence, subject: storedSubject(3, "acme", "_batch"), arrivedAt, headers: {}, body }
}

const groupsOf = (delivered: readonly { shard: number; segment: Segment }[], actor: number) =>
  delivered.flatMap(({ segment }) => segment.groups.filter((group) => group.actor === actor))

test("records of one instance in a segment travel as one group, to the shard of its key", () => {
  const { delivered, take } = router()
  take(batch(1, [{ post: "a" }, { post: "b" }, { post: "a" }]))
  const likesOf = (post: string) => groupsOf(delivered, 1).filter(({ key }) => key === post)
  expect(likesOf("a")).toMatchObject([{ tenant: "acme", records: [{ index: 0 }, { index: 2 }] }])
  const a = delivered.find(({ segment }) => segment.groups.some(({ key }) => key === "a"))
  expect(a?.shard).toBe(shardOf("acme", "a", SHARDS))
})

test("R5 a segment is stamped with the watermark before it; events of one segment do not make each other late", () => {
  const { delivered, take, lane } = router()
  take(batch(1, [{ time: T - 50_000 }, { time: T }]))
  take(batch(2, [{ time: T }]))
  expect(delivered[0]?.segment.stamp).toBe(Number.NEGATIVE_INFINITY)
  expect(delivered.at(-1)?.segment.stamp).toBe(T - 2_000)
  expect(lane.state.watermark).toBe(T - 2_000)
})

test("a message of more than a segment's events has a stamp for each segment", () => {
  const { delivered, take } = router()
  take(
    batch(
      1,
      Array.from({ length: 300 }, (_, i) => ({ time: T + i - 1_000, post: "a" })),
      T + 1_000,
    ),
  )
  const places = [...new Set(delivered.map(({ segment }) => segment.place))]
  expect(places).toEqual([placeOf(1, 0), placeOf(1, SEGMENTS_PER_BLOCK_MAX)])
  expect(delivered.find(({ segment }) => segment.place === placeOf(1, SEGMENTS_PER_BLOCK_MAX))?.segment.stamp).toBe(
    T + 255 - 1_000 - 2_000,
  )
})

test("long events make several segments of a block, with one stamp, each below the bound of a message", () => {
  const { delivered, take } = router(FRESH, undefined, true)
  const long = "x".repeat(100_000)
  take(
    batch(
      1,
      Array.from({ length: 9 }, (_, i) => ({ user: `${i}${long}`, post: "a", time: T + i })),
    ),
  )
  const segments = delivered.map(({ segment }) => segment)
  expect(new Set(segments.map(({ place }) => place)).size).toBeGreaterThan(4)
  expect(new Set(segments.map(({ stamp }) => stamp)).size).toBe(1)
  const packer = new Packer(Buffer.alloc(1_024))
  for (const segment of segments) expect(encodeSegment(segment, packer).length).toBeLessThan(STREAM_MESSAGE_BYTES_MAX)
  expect(segments.flatMap(({ facts }) => facts)).toHaveLength(9)
})

test("the watermark never passes arrival, whatever events say; ticks move an idle lane to it", () => {
  const { take, lane } = router()
  take(batch(1, [{ time: T + 60_000 }], T))
  expect(lane.state.watermark).toBe(T - 2_000)
  take({ sequence: 2, subject: tickSubject(3), arrivedAt: T + 9_000, headers: {}, body: new Uint8Array() })
  expect(lane.state).toMatchObject({ watermark: T + 7_000, place: afterMessage(2), counts: { accepted: 1 } })
})

test("a repeated id is dropped, in the same message and later ones", () => {
  const { delivered, take, lane } = router()
  take(batch(1, [{ id: "x" }, { id: "x" }, { id: "y" }]))
  take(batch(2, [{ id: "y" }]))
  expect(groupsOf(delivered, 1).flatMap(({ records }) => records)).toHaveLength(2)
  expect(lane.state.counts).toEqual({ accepted: 4, routed: 2, repeated: 2, rejected: 0 })
})

test("an event that fails its schema is rejected alone, with its bytes, and the lane goes on", () => {
  const { delivered, take, lane } = router()
  take(batch(1, [{ post: "a" }, { post: 7 }, { post: "b" }]))
  const rejected = delivered.flatMap(({ segment }) => segment.rejected)
  expect(rejected).toMatchObject([{ index: 1, tenant: "acme", type: "liked", reason: "invalid", actor: null }])
  expect(lane.state.counts).toEqual({ accepted: 3, routed: 2, repeated: 0, rejected: 1 })
})

test("an actor's own function that throws kills the event for that actor alone", () => {
  const { delivered, take } = router()
  take(batch(1, [{ user: "bad" }]))
  expect(delivered.flatMap(({ segment }) => segment.rejected)).toMatchObject([
    { reason: "step-failed", actor: 0, detail: "not this one" },
  ])
  expect(groupsOf(delivered, 1)).toHaveLength(1)
})

test("R4 A6 every event has one outcome; a router that takes over at any message goes on with the same segments", () => {
  const given = fc.record({
    id: fc.option(fc.constantFrom("a", "b", "c", "d")),
    time: fc.integer({ min: T - 10_000, max: T + 10_000 }),
    post: fc.oneof(fc.constantFrom("p", "q", "r"), fc.constant(7)),
    user: fc.constantFrom("u", "bad"),
  })
  fc.assert(
    fc.property(
      fc.array(fc.array(given, { maxLength: 8 }), { maxLength: 8 }),
      fc.nat({ max: 8 }),
      (messages, handOver) => {
        const one = router()
        const repeats = new Repeats({ idsMax: 1024, withinMs: 600_000 })
        const before = router(FRESH, repeats)
        for (const [i, events] of messages.entries()) one.take(batch(i + 1, events))
        for (const [i, events] of messages.slice(0, handOver).entries()) before.take(batch(i + 1, events))
        const restored = new Repeats({ idsMax: 1024, withinMs: 600_000 })
        for (const occurrence of repeats.occurrences()) restored.restore(occurrence)
        const after = router(before.lane.state, restored)
        for (const [i, events] of messages.slice(handOver).entries()) after.take(batch(handOver + i + 1, events))
        expect([...before.delivered, ...after.delivered]).toEqual(one.delivered)
        expect(after.lane.state).toEqual(one.lane.state)
        const { accepted, routed, repeated, rejected } = one.lane.state.counts
        expect(accepted).toBe(messages.flat().length)
        expect(routed + repeated + rejected).toBe(accepted)
      },
    ),
  )
})
