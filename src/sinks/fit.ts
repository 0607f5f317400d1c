/**
 * Owns: what a value must be to fit a column of each type, so that every sink takes and refuses the same.
 * Never: what a server calls the type, or how it is sent there.
 */

import type { ColumnType } from "./sink.ts"

/** A value that its column cannot hold. Whoever writes makes a RowRefused of it, naming the row. */
export class Unfit extends Error {
  override readonly name = "Unfit"
}

/** What is left of each type's values once they fit. */
export interface Fitting {
  readonly text: string
  readonly long: number | bigint
  readonly double: number
  /** Digits, perhaps a point and an exponent. */
  readonly decimal: string
  readonly boolean: boolean
  readonly time: Date
  /** As JSON's text. */
  readonly json: string
}

const LONG_MAX = 2n ** 63n - 1n
const LONG_MIN = -(2n ** 63n)
const DECIMAL = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/
/** JSON.stringify escapes a lone surrogate, and nothing else beyond the control characters. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

export const FIT: { readonly [T in ColumnType]: (value: unknown) => Fitting[T] } = {
  text(value) {
    if (typeof value !== "string") throw new Unfit("it is not a text")
    // As UTF-8 it would come back as another text.
    if (!value.isWellFormed()) throw new Unfit("the text holds half a character")
    return value
  },
  long(value) {
    if (typeof value === "number" && Number.isSafeInteger(value)) return value
    if (typeof value === "bigint" && value >= LONG_MIN && value <= LONG_MAX) return value
    throw new Unfit("it is not an integer of 64 bits")
  },
  double(value) {
    if (typeof value !== "number") throw new Unfit("it is not a number")
    return value
  },
  decimal(value) {
    const text = typeof value === "number" || typeof value === "bigint" ? String(value) : value
    if (typeof text !== "string" || !DECIMAL.test(text)) throw new Unfit("it is not a decimal number")
    return text
  },
  boolean(value) {
    if (typeof value !== "boolean") throw new Unfit("it is neither true nor false")
    return value
  },
  time(value) {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw new Unfit("it is not a time")
    return value
  },
  json(value) {
    const text = jsonOf(value)
    if (text === undefined) throw new Unfit("it has no form in JSON")
    if (text.includes("\\ud") && LONE_SURROGATE.test(text)) throw new Unfit("a text in it holds half a character")
    return text
  },
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new Unfit("it has no form in JSON", { cause })
  }
}
