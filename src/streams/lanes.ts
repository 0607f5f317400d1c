/**
 * Owns: the numbers of lanes: those of INGEST, the stray lane beside them, and one loop lane a shard.
 * Never: which lane a key belongs to (wire/lane.ts).
 */

import { assert } from "../base/assert.ts"
import { LANES } from "../base/limits.ts"

/** What INGEST's transform did not match: acknowledged, so it must be seen; outside every watermark. */
export const STRAY_LANE = LANES

export const loopLane = (shard: number): number => LANES + 1 + shard
export const isIngestLane = (lane: number): boolean => lane < LANES
export const isLoopLane = (lane: number): boolean => lane > STRAY_LANE

export function shardOfLoop(lane: number): number {
  assert(isLoopLane(lane), `lane ${lane} is no loop lane`)
  return lane - LANES - 1
}
