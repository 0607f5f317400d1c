/**
 * Owns: the n greatest (value, count) pairs, exactly, of values whose count comes complete: once per value and window,
 * as from a `closed` event. Never: adding counts up (space-saving.ts).
 *
 * A value that comes again (in totals, once for each of its windows) keeps its greatest count. So the state is a
 * function of the set of pairs: what is cut off in one part has n greater ones there, and they are in the whole.
 * Ties go to the smaller string (by UTF-16 units).
 */

import { type Encoded, isList, type MeasureType, unfit, unreadable } from "./measure.ts"

export interface Ranked {
  readonly value: string
  readonly count: number
}

/** Greatest first. */
export function compareRanked(a: Ranked, b: Ranked): number {
  return b.count - a.count || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)
}

export function topExact(n: number): MeasureType<Ranked[], Ranked> {
  return {
    kind: "top",
    params: [1, n],
    ordered: false,
    empty: () => [],
    prepare: ranked,
    add(state, input) {
      insert(state, n, input)
      return state
    },
    merge(into, from) {
      for (const each of from) insert(into, n, each)
      return into
    },
    encode: encodeRanked,
    decode: (encoded) => decodeRanked(encoded),
  }
}

/** [value, weight], as selected. */
export function ranked(raw: unknown): Ranked {
  const [value, count] = Array.isArray(raw) ? raw : [raw, 1]
  if (typeof value !== "string") throw unfit("top", value, "a string")
  if (typeof count !== "number" || !(count >= 0) || count === Number.POSITIVE_INFINITY) {
    throw unfit("top", count, "a weight of zero or more")
  }
  return { value, count: count + 0 }
}

/** The list is sorted and short: its last one decides about most. */
function insert(list: Ranked[], n: number, input: Ranked): void {
  if (list.length === n && compareRanked(input, list[n - 1]!) >= 0) return
  const held = list.findIndex(({ value }) => value === input.value)
  if (held >= 0) {
    if (list[held]!.count >= input.count) return
    list.splice(held, 1)
  }
  const at = list.findIndex((each) => compareRanked(input, each) < 0)
  list.splice(at < 0 ? list.length : at, 0, input)
  if (list.length > n) list.pop()
}

function encodeRanked(state: readonly Ranked[]): Encoded {
  return state.flatMap(({ value, count }) => [value, count])
}

function decodeRanked(encoded: Encoded): Ranked[] {
  if (!isList(encoded)) throw unreadable("top")
  const state: Ranked[] = []
  for (let i = 0; i < encoded.length; i += 2) {
    const value = encoded[i]
    const count = encoded[i + 1]
    if (typeof value !== "string" || typeof count !== "number") throw unreadable("top")
    state.push({ value, count })
  }
  return state
}
