/** Owns: reading a view's rows as of one moment, a bounded number at a time. Never: an order. */

import { SCAN_ROWS } from "../../base/limits.ts"
import type { ColumnType, Row, Scalar, Value } from "../sink.ts"
import type { Session } from "./connection.ts"
import { FRAME, quoted, type Table, tableName } from "./schema.ts"

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
const FETCH = `FETCH ${SCAN_ROWS} FROM scanned`

export async function* scanTable(session: Session, table: Table): AsyncIterable<Row> {
  const { connection, giveBack } = await session.lend()
  let whole = false
  try {
    await connection.query(BEGIN)
    await connection.query(`DECLARE scanned NO SCROLL CURSOR FOR ${selectText(table)}`)
    for (let more = true; more; ) {
      const { rows } = await connection.query<Value[]>({ text: FETCH, rowMode: "array" })
      for (const values of rows) yield rowOf(table, values)
      more = rows.length > 0
    }
    await connection.query("COMMIT")
    whole = true
  } finally {
    // One who looks no further leaves a transaction open: it ends with the connection.
    giveBack(whole)
  }
}

function selectText({ shape }: Table): string {
  const names = [...shape.key, ...shape.fields].map(({ name }) => quoted(name))
  return `SELECT ${[...names, quoted(FRAME)].join(", ")} FROM ${tableName(shape.name)}`
}

function rowOf({ shape }: Table, values: readonly Value[]): Row {
  const keys = shape.key.length
  return {
    view: shape.name,
    key: values.slice(0, keys).map((value, i) => scalarOf(value, shape.key[i]!.type)),
    fields: values.slice(keys, -1),
    frame: Number(values.at(-1)),
  }
}

/** A key's integers are numbers again; a text of digits stays one. */
function scalarOf(value: Value | undefined, type: ColumnType): Scalar {
  if (value instanceof Date || value === null) return value
  if (type === "long") return Number(value)
  return typeof value === "boolean" || typeof value === "number" ? value : String(value)
}
