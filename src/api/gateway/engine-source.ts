/**
 * Owns: reading what lanes, shards and runners have written down: newest frames, checkpoints, leases, signs of life.
 * Never: deciding anything by it; nobody waits for a reader here. A fixed number of questions, however much there is.
 */

import { generationKey } from "../../actors/generation.ts"
import { holderOf, leaseKey, memberOf } from "../../actors/membership.ts"
import { LANES, MEMBERS_MAX } from "../../base/limits.ts"
import { FrameReader } from "../../streams/frame.read.ts"
import { STRAY_LANE } from "../../streams/lanes.ts"
import type { Log } from "../../streams/log.ts"
import { INGEST, outboxStream, outboxSubject, shardSubject, shardsStream } from "../../streams/names.ts"
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
  const [members, pinned, leases, states, frames] = await Promise.all([
    control.list("runner"),
    control.get(generationKey(generation)),
    control.list("lease"),
    each(LANES + 1, (lane) => control.get(laneCheckpointKey(generation, lane))),
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
      return { last, frame: frames[shard], holder: holders.get(leaseKey("shard", generation, shard)) }
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

async function lastOfLane({ log }: EngineSource, lane: number): Promise<number> {
  const newest = await log.last(INGEST, lane === STRAY_LANE ? INGEST_SUBJECTS : laneFilter(lane))
  return newest?.sequence ?? 0
}

async function lastOfShard({ log, generation }: EngineSource, shard: number): Promise<number> {
  const newest = await log.last(shardsStream(generation), shardSubject(generation, shard))
  return newest?.sequence ?? 0
}

const fingerprintIn = ({ value }: Entry) => Buffer.from(value).toString("utf8")
