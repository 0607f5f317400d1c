/**
 * Owns: the unit of position on the way from a lane to a shard: a segment of a log message, as one integer.
 * Never: public positions (wire/position.ts), which name messages.
 *
 * A place is `sequence × 256 + segment`: it rises with the log, and `upto` places are half-open, so the place after
 * a whole message is that of the next message's first segment.
 */

import { assert } from "../base/assert.ts"
import { SEGMENTS_PER_MESSAGE_MAX } from "../base/limits.ts"

export type Place = number

/** Nothing taken yet: sequences begin at 1. */
export const START: Place = SEGMENTS_PER_MESSAGE_MAX

export function placeOf(sequence: number, segment: number): Place {
  assert(segment >= 0 && segment < SEGMENTS_PER_MESSAGE_MAX, `segment ${segment} of one message`)
  return sequence * SEGMENTS_PER_MESSAGE_MAX + segment
}

export const afterMessage = (sequence: number): Place => (sequence + 1) * SEGMENTS_PER_MESSAGE_MAX
export const sequenceOf = (place: Place): number => Math.floor(place / SEGMENTS_PER_MESSAGE_MAX)
export const segmentOf = (place: Place): number => place % SEGMENTS_PER_MESSAGE_MAX
