/** Owns: sums, of doubles as they are or of decimals with a scale. Both are exact whatever the order. */

import { DecimalSum, toUnits } from "./decimal.ts"
import { ExactSum } from "./exact.ts"
import { finite, type MeasureType } from "./measure.ts"

export const exactSum: MeasureType<ExactSum, number> = {
  kind: "sum",
  params: 1,
  ordered: false,
  empty: () => new ExactSum(),
  prepare: (raw) => finite("sum", raw) + 0,
  add(state, input) {
    state.add(input)
    return state
  },
  merge(into, from) {
    into.merge(from)
    return into
  },
  encode: (state) => state.encode(),
  decode: (encoded) => ExactSum.decode(encoded),
}

export const SCALE_MAX = 12

/** `scale` decimal places; a value with more of them is rounded, by itself. */
export function decimalSum(scale: number): MeasureType<DecimalSum, number | bigint> {
  return {
    kind: "sum",
    params: [1, scale],
    ordered: false,
    empty: () => new DecimalSum(),
    prepare: (raw) => toUnits(finite("sum", raw), scale),
    add(state, input) {
      state.add(input)
      return state
    },
    merge(into, from) {
      into.add(from.units)
      return into
    },
    encode: (state) => state.encode(),
    decode: (encoded) => DecimalSum.decode(encoded),
  }
}
