/**
 * Owns: whether a child that died is started again, and after how long. Pure: the time is passed in.
 * Never: starting it (supervise.ts).
 *
 * B1 the wait doubles with each death in the window, up to a bound.
 * B2 a child that dies CHILD_DEATHS_MAX times within the window is given up.
 * B3 deaths older than the window count for nothing.
 */

import {
  CHILD_DEATHS_MAX,
  CHILD_DEATHS_WINDOW_MS,
  CHILD_RESTART_FIRST_MS,
  CHILD_RESTART_MOST_MS,
} from "../base/limits.ts"

/** When it died, in monotonic milliseconds, newest last; never more than the bound. */
export type Deaths = readonly number[]

export type Decision =
  | { readonly kind: "restart"; readonly deaths: Deaths; readonly afterMs: number }
  | { readonly kind: "give up"; readonly deaths: Deaths }

export function afterDeath(before: Deaths, nowMs: number): Decision {
  const deaths = [...before.filter((at) => nowMs - at < CHILD_DEATHS_WINDOW_MS), nowMs]
  if (deaths.length >= CHILD_DEATHS_MAX) return { kind: "give up", deaths }
  const afterMs = Math.min(CHILD_RESTART_FIRST_MS * 2 ** (deaths.length - 1), CHILD_RESTART_MOST_MS)
  return { kind: "restart", deaths, afterMs }
}
