/**
 * Owns: what a shard's machine is to those who run it. Never: I/O, clocks, chance: the same sections make the same
 * state, and the same cuts the same frames, bit for bit.
 *
 * The worker's round: `begin` a message; then, again and again: make resident what `needs` names, `step`, and `cut` once
 * `size` is FRAME_CUT_BYTES or more; when `step` answers false the message is done: `cut` when it suits. After a takeover
 * the same from the snapshot's point, stepping until the last frame's `to` and no further, with `forget` for `cut`.
 *
 * A point's `step` counts units (machine.ts), not calls, so how the units are dealt out to calls is nobody's business.
 */

import type { Frame, Point } from "../streams/frame.ts"
import type { Place } from "../streams/place.ts"
import type { Routes } from "../streams/route/routes.ts"
import type { Section } from "../streams/section.ts"
import type { Instance } from "./instance.ts"

export interface ShardTerms {
  readonly generation: number
  readonly shard: number
  /** Of the generation: each has a loop lane that later stages listen to. */
  readonly shards: number
  readonly routes: Routes
  /** Clock, chance and I/O inside an actor's functions throw: in development and simulation. */
  readonly guarded: boolean
}

/** Whose frame it is; the worker counts. */
export interface FrameOwner {
  readonly epoch: number
  readonly n: number
  readonly writer: string
}

/** Of one stage, in event time. */
export interface Moment {
  readonly stage: number
  readonly at: number
}

export interface Shard {
  /** A message of the shard's stream. One that was begun before goes on where it was left. */
  begin(sequence: number, sections: readonly Section[]): void
  /** What the next step closes: the deadlines of that moment are at hand before `needs` is asked. */
  readonly due: Moment | undefined
  /** The names of the instances that the next step finds; `partsOfName` takes them apart. */
  needs(): readonly string[]
  /** Does some units of the message, none beyond `until`; false: the message is done, or `until` is reached. */
  step(until?: Point): boolean
  /** Everything before it is done. */
  readonly point: Point
  /** About how many bytes a frame cut now would have. */
  readonly size: number
  /** Whether a frame would say more than that places of loop lanes were taken. */
  readonly matters: boolean
  /** Everything since the last cut, as a frame; undefined when nothing at all was taken since. */
  cut(owner: FrameOwner): Frame | undefined
  /** Everything since the last cut is in a frame already (a replay): nothing of it goes out again. */
  forget(): void
  /** Instances that changed since it was last asked, those that are gone among them. For snapshots: ask after a cut. */
  changed(): readonly Changed[]
  /** All state but instances and deadlines, in plain values; ask after a cut. */
  core(): ShardCore
}

export interface Changed {
  readonly name: string
  /** Undefined: it is gone. */
  readonly instance: Instance | undefined
}

/** Plain values (msgpack carries them as they are), read by `coreFrom` alone. */
export interface ShardCore {
  readonly point: Point
  /** How many units of the segment at hand are done, when the point is inside one. */
  readonly within: number
  readonly lanes: readonly LaneCore[]
  readonly closedUpTo: readonly number[]
  readonly counts: readonly number[]
  readonly letters: readonly LetterCore[]
  readonly arrivedAt: number
}

export interface LaneCore {
  readonly lane: number
  readonly taken: Place
  readonly watermarks: readonly number[]
  readonly coverage: readonly (readonly (readonly [number, Place])[])[]
}

/** An outstanding dead letter: what a redrive will name. */
export interface LetterCore {
  readonly id: string
  readonly arrivedAt: number
}
