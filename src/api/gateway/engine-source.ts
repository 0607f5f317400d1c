/**
 * Owns: reading what lanes, shards and runners have written down: newest frames, checkpoints, leases, signs of life.
 * Never: deciding anything by it; nobody waits for a reader here. A fixed number of questions, however much there is.
 */

import { generationKey } from "../../actors/generation.ts"
import { holderOf, leaseKey, memberOf } from "../../actors/membership.ts"
import { decodeManifest } from "../../actors/snapshot/manifest.ts"
import { manifestKey } from "../../actors/snapshot/values.ts"
import { LANES, MEMBERS_MAX } from "../../base/limits.ts"
import { FrameReader } from "../../streams/frame.read.ts"
import { STRAY_LANE } from "../../streams/lanes.ts"
import type { Log } from "../../streams/log.ts"
import {
  bucketStream,
  bucketSubject,
  INGEST,
  outboxStream,
  outboxSubject,
  shardSubject,
  shardsStream,
  stateBucket,
} from "../../streams/names.ts"
import { decodeLaneState } from "../../streams/route/lane-checkpoint.ts"
import { laneCheckpointKey } from "../../streams/route/router.ts"
import type { Entry, Store } from "../../streams/store.ts"
import { INGEST_SUBJECTS, laneFilter } from "../../wire/subject.ts"
import type { EngineReport } from "../report.ts"
import { type EngineSeen, engineReport, type LaneSeen, type ShardSeen } from "./engine-report.ts"

export interface EngineSource {
  readonly log: Log
  readonly control: Store
  readonly generation: number
  readonly shards: number
}

export async function readEngine(source: EngineSource, nowMs: number): Promise<EngineReport> {
  return engineReport(await look(source), nowMs)
}

async function look(source: EngineSource): Promise<EngineSeen> {
  const { control, generation, shards } = source
  // Progress before ends: what arrives meanwhile shows as lag, never as progress beyond the end.
  const [members, pinned, leases, states, snapshots, frames] = await Promise.all([
    control.list("runner"),
    control.get(generationKey(generation)),
    control.list("lease"),
    each(LANES + 1, (lane) => control.get(laneCheckpointKey(generation, lane))),
    each(shards, (shard) => newestSnapshot(source, shard)),
    each(shards, (shard) => newestFrame(source, shard)),
  ])
  const holders = new Map(leases.map((lease) => [lease.key, holderOf(lease)]))
  const [laneEnds, shardEnds] = await Promise.all([
    each(LANES + 1, (lane) => lastOfLane(source, lane)),
    each(shards, (shard) => lastOfShard(source, shard)),
  ])
  return {
    generation,
    fingerprint: pinned === undefined ? undefined : fingerprintIn(pinned),
    members: members.slice(0, MEMBERS_MAX).map(memberOf),
    lanes: laneEnds.map((last, lane): LaneSeen => {
      const entry = states[lane]
      const state = entry === undefined ? undefined : decodeLaneState(entry.value)
      return { last, state, holder: holders.get(leaseKey("lane", generation, lane)) }
    }),
    shards: shardEnds.map((last, shard): ShardSeen => {
      return {
        last,
        frame: frames[shard],
        snapshot: snapshots[shard],
        holder: holders.get(leaseKey("shard", generation, shard)),
      }
    }),
  }
}

function each<T>(count: number, read: (number: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, number) => read(number)))
}

async function newestFrame({ log, generation }: EngineSource, shard: number): Promise<ShardSeen["frame"]> {
  const stored = await log.last(outboxStream(generation), outboxSubject(generation, shard))
  if (stored === undefined) return undefined
  return { head: new FrameReader(stored.body).head(), committedAtMs: stored.arrivedAt }
}

/** Read as the log it is: a bucket's entries do not say when they were written. A removed one has no body. */
async function newestSnapshot({ log, generation }: EngineSource, shard: number): Promise<ShardSeen["snapshot"]> {
  const bucket = stateBucket(generation)
  const stored = await log.last(bucketStream(bucket), bucketSubject(bucket, manifestKey(shard)))
  if (stored === undefined || stored.body.length === 0) return undefined
  const { point } = decodeManifest(stored.body)
  return { taken: Math.max(0, point.sequence - 1), writtenAtMs: stored.arrivedAt }
}

async function lastOfLane({ log }: EngineSource, lane: number): Promise<number> {
  const newest = await log.last(INGEST, lane === STRAY_LANE ? INGEST_SUBJECTS : laneFilter(lane))
  return newest?.sequence ?? 0
}

async function lastOfShard({ log, generation }: EngineSource, shard: number): Promise<number> {
  const newest = await log.last(shardsStream(generation), shardSubject(generation, shard))
  return newest?.sequence ?? 0
}

const fingerprintIn = ({ value }: Entry) => Buffer.from(value).toString("utf8")
