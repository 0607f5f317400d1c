/**
 * Owns: what a lane is to the loop that works it. Never: which kinds there are (ingest-lane.ts, loop-lane.ts).
 */

import type { ReadFrom, Stored } from "../log.ts"
import type { Place } from "../place.ts"
import type { Segment } from "../section.ts"
import type { Progress } from "./sender.ts"

/** `before`: the lane's watermarks before the segment. */
export type Deliver = (shard: number, segment: Segment, before: readonly number[]) => void

/** Where the next router may go on, once every shard has acknowledged all that stands before `place`. */
export interface Mark {
  readonly place: Place
}

export interface Lane<M extends Mark = Mark> {
  /** Where its messages are, from the first that is not routed yet. */
  readonly from: ReadFrom
  readonly place: Place
  readonly says: Progress
  /** Whether every shard should hear how far the lane is, though nothing is in it for them. */
  readonly news: boolean
  /** All shards will be told of `place`. */
  announced(): void
  /** The next message. */
  take(message: Stored, deliver: Deliver): void
  mark(): M
  /** False: somebody else has the lane. */
  write(mark: M): Promise<boolean>
  /** So much has come since the last checkpoint that another should not wait for its time. */
  readonly heavy: boolean
}
