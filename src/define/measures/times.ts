/** Owns: the earliest and the latest event time. Never: arrival. */

import type { Order } from "../order.ts"
import { max, min } from "./extremes.ts"
import type { MeasureType } from "./measure.ts"

export const firstAt: MeasureType<number, true> = {
  ...min,
  kind: "firstAt",
  prepare: () => true,
  add: (state: number, _input: true, order: Order) => min.add(state, order.time, order),
}

export const lastAt: MeasureType<number, true> = {
  ...max,
  kind: "lastAt",
  prepare: () => true,
  add: (state: number, _input: true, order: Order) => max.add(state, order.time, order),
}
