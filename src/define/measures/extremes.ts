/** Owns: the least and the greatest number seen. Never: which event it came from (ends.ts). */

import { finite, type MeasureType, unreadable } from "./measure.ts"

/** `empty` is the infinity that every number beats; -0 counts as 0, so that equal states are equal bits. */
function extreme(
  kind: "min" | "max",
  empty: number,
  winner: (a: number, b: number) => number,
): MeasureType<number, number> {
  return {
    kind,
    params: 1,
    ordered: false,
    empty: () => empty,
    prepare: (raw) => finite(kind, raw) + 0,
    add: (state, input) => winner(state, input),
    merge: winner,
    encode: (state) => (state === empty ? null : state),
    decode(encoded) {
      if (encoded === null) return empty
      if (typeof encoded === "number") return encoded
      throw unreadable(kind)
    },
  }
}

export const min = extreme("min", Number.POSITIVE_INFINITY, Math.min)
export const max = extreme("max", Number.NEGATIVE_INFINITY, Math.max)

/** Nothing seen is null in rows. */
export function numberOrNull(state: number): number | null {
  return Number.isFinite(state) ? state : null
}
