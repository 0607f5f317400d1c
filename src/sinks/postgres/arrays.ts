/**
 * Owns: columns of values in Postgres's binary form of arrays: nothing is quoted or parsed, on either side.
 * Never: statements.
 */

import { assert } from "../../base/assert.ts"
import { FIT, type Fitting } from "../fit.ts"
import type { ColumnType } from "../sink.ts"

/** Dimensions, whether there are nulls, the elements' type; then of the one dimension its length and lower bound. */
const HEADER_BYTES = 20
const FIRST_BYTES = 1_024
const NULL = -1
const JSONB_VERSION = 1
/** Postgres counts time from 2000 on, in microseconds. */
const POSTGRES_EPOCH_MS = 946_684_800_000
const MICROS_PER_MS = 1_000
const UTF8_BYTES_PER_UNIT_MAX = 3
const HIGH = 0x1_0000_0000

interface Element {
  /** The type's number, fixed in Postgres's catalog. */
  readonly oid: number
  /** In SQL: what the array is, and what its elements become. */
  readonly array: string
  readonly cast: string
}

export const ELEMENTS: Readonly<Record<ColumnType, Element>> = {
  text: { oid: 25, array: "text[]", cast: "" },
  long: { oid: 20, array: "bigint[]", cast: "" },
  double: { oid: 701, array: "float8[]", cast: "" },
  // Its binary form is a story of its own; its text is short.
  decimal: { oid: 25, array: "text[]", cast: "::numeric" },
  boolean: { oid: 16, array: "boolean[]", cast: "" },
  time: { oid: 1184, array: "timestamptz[]", cast: "" },
  json: { oid: 3802, array: "jsonb[]", cast: "" },
}

export class ArrayOfColumn {
  readonly #type: ColumnType
  readonly #put: (value: unknown) => void
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = HEADER_BYTES
  #length = 0
  #hasNull = false

  constructor(type: ColumnType) {
    this.#type = type
    this.#put = this.#putter(type)
  }

  get size(): number {
    return this.#at
  }

  /** Throws Unfit. */
  add(value: unknown): void {
    this.#length++
    if (value === null) this.#null()
    else this.#put(value)
  }

  finish(): Buffer {
    assert(this.#length > 0, "an array of a statement has elements")
    const header = [1, this.#hasNull ? 1 : 0, ELEMENTS[this.#type].oid, this.#length, 1]
    header.forEach((word, i) => {
      this.#bytes.writeInt32BE(word, i * 4)
    })
    return this.#bytes.subarray(0, this.#at)
  }

  #putter(type: ColumnType): (value: unknown) => void {
    const put: { readonly [T in ColumnType]: (fitting: Fitting[T]) => void } = {
      text: (text) => this.#text(text),
      long: (number) => this.#int64(number),
      double: (number) => this.#double(number),
      decimal: (text) => this.#text(text),
      boolean: (truth) => this.#boolean(truth),
      time: (time) => this.#int64(microsOf(time)),
      json: (text) => this.#text(text, JSONB_VERSION),
    }
    const fitted = <T extends ColumnType>(of: T) => {
      const [narrow, write] = [FIT[of], put[of]]
      return (value: unknown) => write(narrow(value))
    }
    return fitted(type)
  }

  #null(): void {
    this.#hasNull = true
    this.#room(4)
    this.#at = this.#bytes.writeInt32BE(NULL, this.#at)
  }

  #text(text: string, version?: number): void {
    this.#room(5 + text.length * UTF8_BYTES_PER_UNIT_MAX)
    const start = this.#at + 4
    const from = version === undefined ? start : this.#bytes.writeUInt8(version, start)
    const end = from + this.#bytes.write(text, from, "utf8")
    this.#bytes.writeInt32BE(end - start, this.#at)
    this.#at = end
  }

  #int64(number: number | bigint): void {
    this.#room(12)
    this.#at = this.#bytes.writeInt32BE(8, this.#at)
    if (typeof number === "bigint") {
      this.#at = this.#bytes.writeBigInt64BE(number, this.#at)
      return
    }
    this.#at = this.#bytes.writeInt32BE(Math.floor(number / HIGH), this.#at)
    this.#at = this.#bytes.writeUInt32BE(number >>> 0, this.#at)
  }

  #double(number: number): void {
    this.#room(12)
    this.#at = this.#bytes.writeInt32BE(8, this.#at)
    this.#at = this.#bytes.writeDoubleBE(number, this.#at)
  }

  #boolean(truth: boolean): void {
    this.#room(5)
    this.#at = this.#bytes.writeInt32BE(1, this.#at)
    this.#at = this.#bytes.writeUInt8(truth ? 1 : 0, this.#at)
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** Far away times are beyond what a number holds exactly in microseconds. */
function microsOf(time: Date): number | bigint {
  const ms = time.getTime() - POSTGRES_EPOCH_MS
  const micros = ms * MICROS_PER_MS
  return Number.isSafeInteger(micros) ? micros : BigInt(ms) * BigInt(MICROS_PER_MS)
}
