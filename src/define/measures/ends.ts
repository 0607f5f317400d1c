/** Owns: the value of the first and of the last event, by event time, ties by place in the log. Never: arrival order. */

import { compareOrder, type Order } from "../order.ts"
import { type Encoded, isList, type MeasureType, unfit, unreadable } from "./measure.ts"

export interface End {
  /** Nothing yet: no order. */
  readonly order: Order | undefined
  readonly value: Encoded
}

const NOTHING: End = Object.freeze({ order: undefined, value: null })

/** `sign` 1 keeps the later one, -1 the earlier one. */
function endOf(kind: "first" | "last", sign: 1 | -1): MeasureType<End, Encoded> {
  const wins = (challenger: Order, holder: Order | undefined) =>
    holder === undefined || compareOrder(challenger, holder) * sign > 0
  return {
    kind,
    params: 1,
    ordered: false,
    empty: () => NOTHING,
    prepare: (raw) => plain(kind, raw),
    add: (state, value, order) => (wins(order, state.order) ? { order: copyOf(order), value } : state),
    merge: (into, from) => (from.order !== undefined && wins(from.order, into.order) ? from : into),
    encode: ({ order, value }) =>
      order === undefined ? null : [order.time, order.lane, order.sequence, order.segment, order.index, value],
    decode: (encoded) => decodeEnd(kind, encoded),
  }
}

export const first = endOf("first", -1)
export const last = endOf("last", 1)

/** Callers may use one order object for many events. */
function copyOf({ time, lane, sequence, segment, index }: Order): Order {
  return { time, lane, sequence, segment, index }
}

function decodeEnd(kind: string, encoded: Encoded): End {
  if (encoded === null) return NOTHING
  if (!isList(encoded) || encoded.length !== 6) throw unreadable(kind)
  const [time, lane, sequence, segment, index] = encoded.slice(0, 5).map((part) => {
    if (typeof part !== "number") throw unreadable(kind)
    return part
  })
  const order = { time: time!, lane: lane!, sequence: sequence!, segment: segment!, index: index! }
  return { order, value: encoded[5]! }
}

/** A copy in wire form, so that nobody changes it later: dates become epoch milliseconds. */
export function plain(kind: string, raw: unknown): Encoded {
  if (raw === null || typeof raw === "string" || typeof raw === "boolean") return raw
  if (typeof raw === "number" && Number.isFinite(raw)) return raw
  if (raw instanceof Date) return raw.getTime()
  if (Array.isArray(raw)) return raw.map((each) => plain(kind, each))
  if (typeof raw === "object") {
    const entries = Object.entries(raw).filter(([, value]) => value !== undefined)
    return Object.fromEntries(entries.map(([name, value]) => [name, plain(kind, value)]))
  }
  throw unfit(kind, raw, "a plain value")
}
