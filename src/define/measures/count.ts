/** Owns: counting events. The state is a plain number: panes hold it without a box, and plans add to it in place. */

import { type MeasureType, unreadable } from "./measure.ts"

export const count: MeasureType<number, true> = {
  kind: "count",
  params: 1,
  ordered: false,
  empty: () => 0,
  prepare: () => true,
  add: (state) => state + 1,
  merge: (into, from) => into + from,
  encode: (state) => state,
  decode(encoded) {
    if (typeof encoded === "number" && Number.isSafeInteger(encoded)) return encoded
    throw unreadable("count")
  },
}
