import { expect, test } from "vitest"
import { generationKey } from "../../actors/generation.ts"
import { leaseKey } from "../../actors/membership.ts"
import { emptyManifest, encodeManifest } from "../../actors/snapshot/manifest.ts"
import { manifestKey } from "../../actors/snapshot/values.ts"
import { ManualClock } from "../../base/clock.manual.ts"
import { encodeFrame, type FrameHead } from "../../streams/frame.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { MemoryStore } from "../../streams/memory/store.ts"
import { bucketSubject, outboxSubject, shardSubject, stateBucket } from "../../streams/names.ts"
import { afterMessage } from "../../streams/place.ts"
import { encodeLaneCheckpoint } from "../../streams/route/lane-checkpoint.ts"
import { laneCheckpointKey } from "../../streams/route/router.ts"
import { planTopology } from "../../streams/topology.ts"
import { tickSubject } from "../../wire/subject.ts"
import { readEngine } from "./engine-source.ts"

const GENERATION = 1
const SHARDS = 2
const { streams } = planTopology({ generation: GENERATION, diskBytes: 2 ** 34, replicas: 1 })
const utf8 = (text: string) => Buffer.from(text, "utf8")

function newWorld() {
  const clock = new ManualClock()
  const log = new MemoryLog({ clock, streams })
  const control = new MemoryStore({ clock })
  const read = () => readEngine({ log, control, generation: GENERATION, shards: SHARDS }, clock.now())
  const frame = (shard: number, head: Partial<FrameHead>) =>
    log.append({ subject: outboxSubject(GENERATION, shard), body: frameOf(shard, head) })
  const section = (shard: number) => log.append({ subject: shardSubject(GENERATION, shard), body: utf8("-") })
  return { clock, log, control, read, frame, section }
}

const COUNTS = { delivered: 6, applied: 3, late: 2, dead: 1, rejected: 1, emitted: 4, closed: 5 }

function frameOf(shard: number, head: Partial<FrameHead>): Uint8Array {
  const point = { sequence: 0, step: 0 }
  const none = { views: [], emits: [], facts: [], late: [], dead: [] }
  const progress = { taken: [], watermarks: [], coverage: [], deadlines: [], counts: COUNTS }
  const id = { generation: GENERATION, shard, epoch: 1, n: 1, writer: "w" }
  return encodeFrame({ head: { ...id, from: point, to: point, ...progress, ...head }, ...none })
}

const checkpoint = (sequence: number, watermark: number) => {
  const counts = { accepted: 10, routed: 7, repeated: 2, rejected: 1 }
  return encodeLaneCheckpoint({ state: { place: afterMessage(sequence), watermark, counts }, chunks: [], tail: [] })
}

test("before anybody has worked it there is nothing but what waits", async () => {
  const { log, read } = newWorld()
  await log.append({ subject: tickSubject(3), body: new Uint8Array() })
  const { generation, lanes, shards, runners, counts } = await read()
  expect(generation).toEqual({ number: 1, fingerprint: null, shards: 2 })
  expect(lanes[3]).toEqual({ lane: 3, stray: false, last: 1, taken: 0, lag: 1, watermark: null, owner: null })
  expect(lanes.at(-1)).toMatchObject({ lane: 16, stray: true })
  expect(shards[1]).toMatchObject({ owner: null, epoch: 0, n: 0, watermarks: [], watermarkDelayMs: null })
  expect(runners).toEqual([])
  expect(counts?.events).toEqual({ accepted: 0, routed: 0, duplicate: 0, dead: 0, addsUp: true })
})

test("a lane is as far as its checkpoint, or as what every shard's frames contain if that is further", async () => {
  const { log, control, frame, read } = newWorld()
  for (let i = 0; i < 9; i++) await log.append({ subject: tickSubject(0), body: new Uint8Array() })
  await control.put(laneCheckpointKey(GENERATION, 0), checkpoint(4, 0))
  expect((await read()).lanes[0]).toMatchObject({ last: 9, taken: 4, lag: 5 })
  await frame(0, { taken: [[0, afterMessage(9)]] })
  expect((await read()).lanes[0]).toMatchObject({ taken: 4 })
  await frame(1, { taken: [[0, afterMessage(7)]] })
  expect((await read()).lanes[0]).toMatchObject({ taken: 7, lag: 2 })
})

test("a shard says its epoch, its lag, and how far its first watermark is behind", async () => {
  const { clock, frame, section, read } = newWorld()
  for (let i = 0; i < 3; i++) await section(0)
  const head = { epoch: 2, n: 8, to: { sequence: 3, step: 0 }, watermarks: [clock.now() - 2_500, -Infinity] }
  await frame(0, { ...head, deadlines: [clock.now() + 1, null] })
  const [shard] = (await read()).shards
  expect(shard).toMatchObject({ epoch: 2, n: 8, last: 3, taken: 2, lag: 1, watermarkDelayMs: 2_500 })
  expect(shard?.watermarks).toEqual([new Date(clock.now() - 2_500).toISOString(), null])
  expect(shard?.nextDeadline).toBe(new Date(clock.now() + 1).toISOString())
})

test("a shard's newest snapshot says its age, and how much a takeover would step through again", async () => {
  const { clock, log, frame, read } = newWorld()
  const bucket = stateBucket(GENERATION)
  const subject = bucketSubject(bucket, manifestKey(0))
  await frame(0, { to: { sequence: 41, step: 0 } })
  expect((await read()).shards[0]?.snapshot).toBeNull()
  await log.append({ subject, body: encodeManifest(emptyManifest(GENERATION, 0, 1, { sequence: 11, step: 3 })) })
  await clock.elapse(7_000)
  expect((await read()).shards[0]?.snapshot).toMatchObject({ ageMs: 7_000, taken: 10, behind: 30 })
  await log.append({ subject, body: new Uint8Array(), headers: { "KV-Operation": "PURGE" } })
  expect((await read()).shards[0]?.snapshot).toBeNull()
})

test("who holds a lease owns it as long as they show signs of life", async () => {
  const { clock, control, read } = newWorld()
  await control.put("runner.r1", utf8(JSON.stringify({ leaving: true })), { ttlMs: 1_000 })
  await control.put(leaseKey("lane", GENERATION, 5), utf8("r1"))
  await control.put(leaseKey("shard", GENERATION, 1), utf8("r1"))
  const before = await read()
  expect(before.runners).toEqual([{ id: "r1", leaving: true, lanes: 1, shards: 1 }])
  expect([before.lanes[5]?.owner, before.shards[1]?.owner]).toEqual(["r1", "r1"])
  await clock.elapse(1_001)
  const after = await read()
  expect(after.runners).toEqual([])
  expect([after.lanes[5]?.owner, after.shards[1]?.owner]).toEqual([null, null])
})

test("A6 counts are added up over lanes and shards, and said not to add up if they do not", async () => {
  const { control, frame, read } = newWorld()
  for (const lane of [0, 9]) await control.put(laneCheckpointKey(GENERATION, lane), checkpoint(1, 0))
  await frame(0, {})
  await frame(1, {})
  const { counts } = await read()
  expect(counts?.events).toEqual({ accepted: 20, routed: 14, duplicate: 4, dead: 2, addsUp: true })
  expect(counts?.deliveries).toEqual({ delivered: 12, applied: 6, late: 4, dead: 2, addsUp: true })
  expect([counts?.emitted, counts?.closed]).toEqual([8, 10])
  await frame(1, { counts: { ...COUNTS, delivered: 7 } })
  expect((await read()).counts?.deliveries).toMatchObject({ delivered: 13, addsUp: false })
})

test("the generation is known by what its first runner pinned", async () => {
  const { control, read } = newWorld()
  await control.put(generationKey(GENERATION), utf8("0123456789abcdef"))
  expect((await read()).generation).toEqual({ number: 1, fingerprint: "0123456789abcdef", shards: 2 })
})
