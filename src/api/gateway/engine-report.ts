/**
 * Owns: the engine as people see it, put together from what lanes, shards and runners have written down.
 * Never: reading it (engine-source.ts). Pure: the time is passed in.
 *
 * What is read one after the other while everything moves on does not fit to the last message: a distance is never
 * below zero, and nothing is said to be further than somebody wrote.
 */

import type { FrameHead } from "../../streams/frame.ts"
import { STRAY_LANE } from "../../streams/lanes.ts"
import { sequenceOf } from "../../streams/place.ts"
import type { LaneState } from "../../streams/route/lane-router.ts"
import type {
  Counts,
  DeliveryCounts,
  EngineReport,
  EventCounts,
  LaneProgress,
  RunnerStatus,
  ShardStatus,
  SnapshotStatus,
} from "../report.ts"
import { iso, isoOrNull } from "./plain.ts"

export interface LaneSeen {
  /** The newest sequence of the lane. */
  readonly last: number
  /** Its checkpoint; nothing before anybody wrote one. */
  readonly state: LaneState | undefined
  /** Who holds its lease, whether or not they are still there. */
  readonly holder: string | undefined
}

export interface ShardSeen {
  readonly last: number
  readonly frame: { readonly head: FrameHead; readonly committedAtMs: number } | undefined
  readonly holder: string | undefined
  /** Its manifest. */
  readonly snapshot: { readonly taken: number; readonly writtenAtMs: number } | undefined
}

export interface EngineSeen {
  readonly generation: number
  readonly fingerprint: string | undefined
  /** By number; the stray lane is the last one. */
  readonly lanes: readonly LaneSeen[]
  readonly shards: readonly ShardSeen[]
  readonly members: readonly { readonly id: string; readonly leaving: boolean }[]
}

export function engineReport(seen: EngineSeen, nowMs: number): EngineReport {
  const here = new Set(seen.members.map(({ id }) => id))
  const ownerOf = (holder: string | undefined) => (holder !== undefined && here.has(holder) ? holder : null)
  const heads = seen.shards.map(({ frame }) => frame?.head)
  const lanes = seen.lanes.map((lane, number) => laneProgress(lane, number, heads, ownerOf(lane.holder)))
  const shards = seen.shards.map((shard, number) => shardStatus(shard, number, ownerOf(shard.holder), nowMs))
  return {
    generation: { number: seen.generation, fingerprint: seen.fingerprint ?? null, shards: shards.length },
    lanes,
    shards,
    runners: seen.members.map((member) => runnerStatus(member, lanes, shards)),
    counts: countsOf(seen.lanes, heads),
  }
}

function laneProgress(
  { last, state }: LaneSeen,
  lane: number,
  heads: readonly (FrameHead | undefined)[],
  owner: string | null,
): LaneProgress {
  const written = state === undefined ? 0 : sequenceOf(state.place) - 1
  const taken = Math.max(written, takenByAll(lane, heads))
  const watermark = isoOrNull(state?.watermark)
  return { lane, stray: lane === STRAY_LANE, last, taken, lag: Math.max(0, last - taken), watermark, owner }
}

/** Checkpoints are written seldom; what every shard's frames contain is newer. */
function takenByAll(lane: number, heads: readonly (FrameHead | undefined)[]): number {
  const places = heads.map((head) => head?.taken.find(([of]) => of === lane)?.[1])
  const least = Math.min(...places.map((place) => place ?? 0))
  return Number.isFinite(least) && least > 0 ? sequenceOf(least) - 1 : 0
}

function shardStatus(
  { last, frame, snapshot }: ShardSeen,
  shard: number,
  owner: string | null,
  nowMs: number,
): ShardStatus {
  const head = frame?.head
  const taken = Math.max(0, (head?.to.sequence ?? 0) - 1)
  const [first] = head?.watermarks ?? []
  return {
    ...{ shard, owner, epoch: head?.epoch ?? 0, n: head?.n ?? 0 },
    ...{ last, taken, lag: Math.max(0, last - taken) },
    committedAt: isoOrNull(frame?.committedAtMs),
    watermarks: (head?.watermarks ?? []).map(isoOrNull),
    watermarkDelayMs: first !== undefined && Number.isFinite(first) ? Math.max(0, nowMs - first) : null,
    nextDeadline: isoOrNull(soonest(head?.deadlines ?? [])),
    snapshot: snapshot === undefined ? null : snapshotStatus(snapshot, taken, nowMs),
  }
}

function snapshotStatus(
  { taken, writtenAtMs }: NonNullable<ShardSeen["snapshot"]>,
  shardTaken: number,
  nowMs: number,
): SnapshotStatus {
  const ageMs = Math.max(0, nowMs - writtenAtMs)
  return { writtenAt: iso(writtenAtMs), ageMs, taken, behind: Math.max(0, shardTaken - taken) }
}

function soonest(deadlines: readonly (number | null)[]): number {
  return Math.min(...deadlines.map((at) => at ?? Number.POSITIVE_INFINITY))
}

function runnerStatus(
  { id, leaving }: { readonly id: string; readonly leaving: boolean },
  lanes: readonly LaneProgress[],
  shards: readonly ShardStatus[],
): RunnerStatus {
  const mine = ({ owner }: { readonly owner: string | null }) => owner === id
  return { id, leaving, lanes: lanes.filter(mine).length, shards: shards.filter(mine).length }
}

function countsOf(lanes: readonly LaneSeen[], heads: readonly (FrameHead | undefined)[]): Counts {
  const ofLanes = (name: "accepted" | "routed" | "repeated" | "rejected") =>
    lanes.reduce((sum, { state }) => sum + (state?.counts[name] ?? 0), 0)
  const ofShards = (name: keyof FrameHead["counts"]) => heads.reduce((sum, head) => sum + (head?.counts[name] ?? 0), 0)
  const events: Omit<EventCounts, "addsUp"> = {
    accepted: ofLanes("accepted"),
    routed: ofLanes("routed"),
    duplicate: ofLanes("repeated"),
    dead: ofLanes("rejected"),
  }
  const deliveries: Omit<DeliveryCounts, "addsUp"> = {
    delivered: ofShards("delivered"),
    applied: ofShards("applied"),
    late: ofShards("late"),
    dead: ofShards("dead"),
  }
  return {
    events: { ...events, addsUp: events.accepted === events.routed + events.duplicate + events.dead },
    deliveries: {
      ...deliveries,
      addsUp: deliveries.delivered === deliveries.applied + deliveries.late + deliveries.dead,
    },
    emitted: ofShards("emitted"),
    closed: ofShards("closed"),
  }
}
