/** Owns: the order of points in a shard's stream. Never: what a step is (shard.ts). */

import type { Point } from "../streams/frame.ts"

/** Nothing is done: sequences begin at 1. */
export const START_POINT: Point = { sequence: 0, step: 0 }

/** Below 0: `a` comes first; 0: they are the same. */
export function comparePoints(a: Point, b: Point): number {
  return a.sequence - b.sequence || a.step - b.step
}
