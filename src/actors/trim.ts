/**
 * Owns: up to where the shards' stream may go: below the lowest point that a takeover would read from.
 * Never: by age, or by subject: one purge of the whole stream costs a tenth of one for each subject.
 */

import type { Point } from "../streams/frame.ts"
import type { Log } from "../streams/log.ts"
import { shardsStream } from "../streams/names.ts"
import type { Store } from "../streams/store.ts"
import { pointOfManifest } from "./snapshot/manifest.ts"
import { manifestKey } from "./snapshot/values.ts"

/** Everything below may go. A shard without a manifest would read from the beginning; a point inside a message needs it. */
export function lowestNeeded(points: readonly (Point | undefined)[]): number {
  return points.reduce((least, point) => Math.min(least, point?.sequence ?? 1), Number.POSITIVE_INFINITY)
}

export interface TrimTerms {
  readonly log: Log
  /** The generation's state bucket. */
  readonly state: Store
  readonly generation: number
  readonly shards: number
}

/** Resolves to the first sequence that is still needed. */
export async function trimShards({ log, state, generation, shards }: TrimTerms): Promise<number> {
  const entries = await Promise.all(Array.from({ length: shards }, (_, shard) => state.get(manifestKey(shard))))
  const needed = lowestNeeded(entries.map((entry) => (entry === undefined ? undefined : pointOfManifest(entry.value))))
  const stream = shardsStream(generation)
  const { first, last } = await log.bounds(stream)
  // The end of the stream is where sequences go on from: nothing beyond it is ever named.
  const below = Math.min(needed, last + 1)
  if (below > first) await log.trim(stream, below)
  return needed
}
