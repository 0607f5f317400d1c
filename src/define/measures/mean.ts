/** Owns: means, from an exact sum and a count: right however panes were merged. */

import { ExactSum } from "./exact.ts"
import { finite, isList, type MeasureType, unreadable } from "./measure.ts"

export interface Mean {
  readonly sum: ExactSum
  count: number
}

export const mean: MeasureType<Mean, number> = {
  kind: "mean",
  params: 1,
  ordered: false,
  empty: () => ({ sum: new ExactSum(), count: 0 }),
  prepare: (raw) => finite("mean", raw) + 0,
  add(state, input) {
    state.sum.add(input)
    state.count++
    return state
  },
  merge(into, from) {
    into.sum.merge(from.sum)
    into.count += from.count
    return into
  },
  encode: (state) => [state.count, state.sum.encode()],
  decode(encoded) {
    const [count, sum] = isList(encoded) ? encoded : []
    if (typeof count !== "number" || sum === undefined) throw unreadable("mean")
    return { sum: ExactSum.decode(sum), count }
  },
}

export function meanOf(state: Mean): number | null {
  return state.count === 0 ? null : state.sum.value() / state.count
}
