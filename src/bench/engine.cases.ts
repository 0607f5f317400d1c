/**
 * Owns: the load of the engine bench: `post_engagement` (totals, a minute's panes, an hour's slices, distinct people) in
 * one of sixteen shards, as messages of that shard's stream, and stepping them to encoded frames.
 * Does not measure: routing, appending, snapshots, cold instances, sinks. All of a run fits into memory.
 */

import { ShardMachine } from "../actors/machine.ts"
import { MemoryDeadlines, MemoryInstances } from "../actors/residency.ts"
import { FRAME_CUT_BYTES, LANES, SHARDS } from "../base/limits.ts"
import { below, type Random, seededRandom } from "../base/random.ts"
import { postEngagement } from "../builtin/actors.ts"
import { zipf } from "../builtin/traffic/zipf.ts"
import { encodeFrame } from "../streams/frame.ts"
import { afterMessage, placeOf, START } from "../streams/place.ts"
import { type Route, routesOf, shardOf } from "../streams/route/routes.ts"
import { SegmentGatherer } from "../streams/route/segments.ts"
import { decodeSections, encodeSections, type Section } from "../streams/section.ts"
import { laneOf } from "../wire/lane.ts"
import { Packer } from "../wire/pack.ts"
import { Unpacker } from "../wire/unpack.ts"

export interface EngineCase {
  readonly name: string
  readonly events: number
  /** Steps all of them on a fresh machine; how many bytes of frames came out. */
  readonly run: () => number
}

const TENANT = "demo"
const POSTS = 10_000
const USERS = 50_000
/** Of a lane's message of 256 events, what one of sixteen shards gets. */
const RECORDS_PER_SEGMENT = 16
const SEGMENTS_PER_MESSAGE = 64
const BEGINS_AT = 1_767_225_600_000
const OUT_OF_ORDER_MS = 2_000
const TYPES = ["post_liked", "post_liked", "post_liked", "post_commented", "post_shared"] as const
/** While a frame is on its way, so many messages come. */
const MESSAGES_PER_FRAME = 4

const routes = routesOf([postEngagement.definition])

/** `spanMs`: of event time, over all of the events: how many panes close on the way. */
export function engineCases(events = 400_000): readonly EngineCase[] {
  const usual = messagesOf(events, zipf(POSTS), 600_000)
  return [
    { name: "post_engagement: few posts are most of it", events, run: () => stepped(usual) },
    { name: "post_engagement: every post alike", events, run: laterStepped(events) },
  ]
}

function laterStepped(events: number): () => number {
  let messages: readonly Uint8Array[] | undefined
  return () => {
    messages ??= messagesOf(events, (random) => below(random, POSTS), 600_000)
    return stepped(messages)
  }
}

function stepped(messages: readonly Uint8Array[]): number {
  const terms = { generation: 1, shard: 0, shards: SHARDS, routes, guarded: false }
  const machine = new ShardMachine(terms, new MemoryInstances(), new MemoryDeadlines())
  const unpacker = new Unpacker()
  let bytes = 0
  let n = 0
  const cut = () => {
    const frame = machine.cut({ epoch: 1, n: ++n, writer: "bench" })
    if (frame !== undefined) bytes += encodeFrame(frame).length
  }
  messages.forEach((message, i) => {
    machine.begin(i + 1, decodeSections(message, unpacker))
    while (machine.step()) if (machine.size >= FRAME_CUT_BYTES) cut()
    if (i % MESSAGES_PER_FRAME === 0) cut()
  })
  return bytes
}

interface Post {
  readonly id: string
  readonly lane: number
}

function messagesOf(events: number, draw: (random: Random) => number, spanMs: number): readonly Uint8Array[] {
  const random = seededRandom(7)
  const lanes = postsByLane()
  const perMessage = RECORDS_PER_SEGMENT * SEGMENTS_PER_MESSAGE
  const sequences = Array.from({ length: LANES }, () => 0)
  const watermarks = Array.from({ length: LANES }, () => BEGINS_AT)
  return Array.from({ length: Math.ceil(events / perMessage) }, (_, message) => {
    const at = BEGINS_AT + Math.floor((message * perMessage * spanMs) / events)
    const sections = lanes.map((posts, lane): Section => {
      const after = sequences[lane] === 0 ? START : afterMessage(sequences[lane]!)
      const segments = Array.from({ length: SEGMENTS_PER_MESSAGE / LANES }, () => {
        const sequence = ++sequences[lane]!
        return segmentOf(random, draw, posts, sequence, watermarks[lane]!, at)
      })
      watermarks[lane] = at - OUT_OF_ORDER_MS
      return { lane, after, upto: afterMessage(sequences[lane]!), watermarks: [watermarks[lane]!], segments }
    })
    return Uint8Array.from(encodeSections(sections, new Packer(Buffer.allocUnsafe(65_536))))
  })
}

/** Those of one shard; a lane has its own ones. */
function postsByLane(): readonly (readonly Post[])[] {
  const lanes: Post[][] = Array.from({ length: LANES }, () => [])
  for (let i = 0; lanes.some(({ length }) => length < POSTS / LANES / SHARDS); i++) {
    const id = `post-${i}`
    if (shardOf(TENANT, id, SHARDS) === 0) lanes[laneOf(TENANT, id)]!.push({ id, lane: laneOf(TENANT, id) })
  }
  return lanes
}

function segmentOf(
  random: Random,
  draw: (random: Random) => number,
  posts: readonly Post[],
  sequence: number,
  stamp: number,
  at: number,
) {
  const gatherer = new SegmentGatherer(1)
  for (let i = 0; i < RECORDS_PER_SEGMENT; i++) {
    const { actor, type, plan } = routeOf(TYPES[below(random, TYPES.length)]!)
    const postId = posts[draw(random) % posts.length]!.id
    const data = { postId, userId: `user-${below(random, USERS)}`, region: "eu" }
    const time = at - below(random, 1_500)
    gatherer.record(actor, TENANT, postId, null, { type, index: i * SHARDS, time, inputs: plan.prepare(data) })
  }
  let made: Section["segments"] = []
  gatherer.end(placeOf(sequence, 0), stamp, at, (_, segment) => {
    made = [...made, segment]
  })
  return made[0]!
}

function routeOf(type: string): Route {
  return routes.byType.get(type)![0]!
}
