/**
 * Owns: what to do after an append to a shard's outbox did not simply succeed.
 * Never: appending, or reading the last frame; both are the worker's.
 *
 * A1 a shard's frames form one chain. A4 an old epoch cannot commit.
 *
 * The append's expectation ("the last frame is F") keeps the chain; this tells apart, by the last frame that is there
 * now, an append of mine whose answer was lost, an append that never arrived, and the end of my ownership.
 */

import { assert } from "../base/assert.ts"

/** Who a frame is: no two frames that were ever cut share all three. */
export interface FrameId {
  readonly epoch: number
  readonly n: number
  readonly writer: string
}

export type Settled =
  /** It is in the outbox: go on. */
  | { readonly tag: "committed" }
  /** It never arrived: append the same bytes again. */
  | { readonly tag: "append-again" }
  /** Another owner has taken over: stop, and touch nothing. */
  | { readonly tag: "fenced"; readonly by: FrameId }

export function settle(mine: FrameId, last: FrameId | undefined): Settled {
  if (last === undefined || isBefore(last, mine)) {
    assert((last?.n ?? 0) === mine.n - 1, `frame ${mine.n} was cut on top of ${last?.n ?? 0}: the chain has a hole`)
    return { tag: "append-again" }
  }
  const same = last.epoch === mine.epoch && last.n === mine.n && last.writer === mine.writer
  return same ? { tag: "committed" } : { tag: "fenced", by: last }
}

/** Within an epoch one writer cuts one frame after the other, so a lower number is one of mine. */
function isBefore(last: FrameId, mine: FrameId): boolean {
  if (last.n >= mine.n) return false
  return last.epoch < mine.epoch || (last.epoch === mine.epoch && last.writer === mine.writer)
}
