/**
 * Owns: a row as a document, and back. Never: writing or finding one.
 *
 * `_id` is the tenant and the other parts of the key, joined with `/`. Texts are percent-encoded, but for `entity_id`,
 * which is so already: no other part holds a `/`, so no two keys have one identity.
 */

import { BSON, Decimal128, Double, Long } from "mongodb"
import { assert } from "../../base/assert.ts"
import { TOMBSTONE_MS } from "../../base/limits.ts"
import { FIT, type Fitting, Unfit } from "../fit.ts"
import { type ColumnType, type Row, RowRefused, type Scalar, type Value, type ViewShape } from "../sink.ts"
import { plainDigits } from "./digits.ts"
import { DELETED, EXPIRES_AT, FRAME, fieldName } from "./schema.ts"

/** One guarded write: the whole document, or the tombstone that takes its place. */
export interface Write {
  readonly row: Row
  readonly id: string
  readonly document: Readonly<Record<string, unknown>>
}

const ENTITY_ID = "entity_id"

export class Documents {
  readonly shape: ViewShape
  readonly #key: readonly string[]
  readonly #fields: readonly string[]

  constructor(shape: ViewShape) {
    this.shape = shape
    this.#key = shape.key.map(({ name }) => fieldName(name))
    this.#fields = shape.fields.map(({ name }) => fieldName(name))
  }

  /** Throws RowRefused for a row that fits no document. */
  writeOf(row: Row, now: number): Write {
    const { shape } = this
    const { key, fields, frame } = row
    assert(key.length === shape.key.length, `a key of ${shape.name} has ${shape.key.length} parts`)
    assert(fields === null || fields.length === shape.fields.length, `${shape.name} has other fields`)
    const document: Record<string, unknown> = {}
    let column = ""
    try {
      shape.key.forEach(({ name, type }, i) => {
        column = name
        document[this.#key[i]!] = keyPart(type, key[i]!)
      })
      fields?.forEach((value, i) => {
        column = shape.fields[i]!.name
        document[this.#fields[i]!] = value === null ? null : STORED[shape.fields[i]!.type](value)
      })
    } catch (error) {
      if (!(error instanceof Unfit)) throw error
      const reason = `its column ${column}: ${error.message}`
      throw new RowRefused({ operation: `write ${shape.name}`, reason, row, cause: error })
    }
    document[FRAME] = Long.fromNumber(frame)
    if (fields === null) Object.assign(document, { [DELETED]: true, [EXPIRES_AT]: new Date(now + TOMBSTONE_MS) })
    return { row, id: this.#idOf(key), document }
  }

  rowOf(document: Readonly<Record<string, unknown>>): Row {
    const { name, key, fields } = this.shape
    return {
      view: name,
      key: key.map(({ type }, i) => scalarOf(type, document[this.#key[i]!])),
      fields: fields.map(({ type }, i) => columnValue(type, document[this.#fields[i]!])),
      frame: Number(document[FRAME]),
    }
  }

  #idOf(key: readonly Scalar[]): string {
    return key.map((part, i) => (this.shape.key[i]!.name === ENTITY_ID ? String(part) : idPart(part))).join("/")
  }
}

function idPart(part: Scalar): string {
  return part instanceof Date ? part.toISOString() : encodeURIComponent(String(part))
}

function keyPart(type: ColumnType, part: Scalar): unknown {
  if (part === null) throw new Unfit("a key has all of its parts")
  return STORED[type](part)
}

type Store<T extends ColumnType> = (value: unknown) => Fitting[T] | object | null

/** The same type of BSON for every value of a column, whatever the number. */
const STORED: { readonly [T in ColumnType]: Store<T> } = {
  text: FIT.text,
  long(value) {
    const number = FIT.long(value)
    return typeof number === "bigint" ? Long.fromBigInt(number) : Long.fromNumber(number)
  },
  double: (value) => new Double(FIT.double(value)),
  decimal: (value) => decimalOf(FIT.decimal(value)),
  boolean: FIT.boolean,
  time: FIT.time,
  // As every other sink has it: what JSON keeps of it.
  json: (value) => JSON.parse(FIT.json(value)),
}

function decimalOf(digits: string): Decimal128 {
  try {
    return Decimal128.fromString(digits)
  } catch (cause) {
    if (cause instanceof BSON.BSONError) throw new Unfit("it has more digits than a Decimal128", { cause })
    throw cause
  }
}

function columnValue(type: ColumnType, stored: unknown): Value {
  if (stored === null || stored === undefined) return null
  if (stored instanceof Decimal128) return plainDigits(stored.toString())
  if (typeof stored === "bigint" || stored instanceof Date) return stored
  if (type === "json") return jsonOf(stored)
  assert(typeof stored === "string" || typeof stored === "number" || typeof stored === "boolean", `no ${type}`)
  return stored
}

function jsonOf(stored: unknown): Value {
  if (Array.isArray(stored)) return stored
  if (typeof stored === "object") return { ...stored }
  assert(typeof stored === "string" || typeof stored === "number" || typeof stored === "boolean", "no JSON")
  return stored
}

/** A key's integers are numbers again. */
function scalarOf(type: ColumnType, stored: unknown): Scalar {
  const value = columnValue(type, stored)
  if (typeof value === "bigint") return Number(value)
  assert(value === null || typeof value !== "object" || value instanceof Date, "a key has no JSON")
  return value
}
