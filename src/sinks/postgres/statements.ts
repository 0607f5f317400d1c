/**
 * Owns: a batch's rows as statements with a bounded number of rows and bytes, each guarded by the rows' frames.
 * Never: running them.
 */

import { assert } from "../../base/assert.ts"
import { POSTGRES_STATEMENT_BYTES, POSTGRES_STATEMENT_ROWS_MAX } from "../../base/limits.ts"
import { Unfit } from "../fit.ts"
import { type Column, type Row, RowRefused } from "../sink.ts"
import { ArrayOfColumn, ELEMENTS } from "./arrays.ts"
import { FRAME, quoted, type Table, tableName } from "./schema.ts"

export interface Statement {
  readonly table: Table
  readonly text: string
  readonly values: readonly Buffer[]
  readonly rows: readonly Row[]
}

const FRAME_COLUMN: Column = { name: FRAME, type: "long" }

/** Rows of one view: what is written and what is deleted. Throws RowRefused for a row that fits no column. */
export function statementsOf(table: Table, rows: readonly Row[]): Statement[] {
  const written = rows.filter(({ fields }) => fields !== null)
  const deleted = rows.filter(({ fields }) => fields === null)
  const { key, fields } = table.shape
  return [
    ...cut(table, upsertText(table), [...key, ...fields, FRAME_COLUMN], written),
    ...cut(table, deleteText(table), [...key, FRAME_COLUMN], deleted),
  ]
}

function cut(table: Table, text: string, columns: readonly Column[], rows: readonly Row[]): Statement[] {
  const statements: Statement[] = []
  let arrays: ArrayOfColumn[] = []
  let from = 0
  for (let at = 0; at < rows.length; at++) {
    if (at === from) arrays = columns.map(({ type }) => new ArrayOfColumn(type))
    addRow(arrays, table, columns, rows[at]!)
    const full = at + 1 - from >= POSTGRES_STATEMENT_ROWS_MAX || bytesOf(arrays) >= POSTGRES_STATEMENT_BYTES
    if (!full && at + 1 < rows.length) continue
    statements.push({ table, text, values: arrays.map((array) => array.finish()), rows: rows.slice(from, at + 1) })
    from = at + 1
  }
  return statements
}

function addRow(arrays: readonly ArrayOfColumn[], { shape }: Table, columns: readonly Column[], row: Row): void {
  const { key, fields } = row
  assert(key.length === shape.key.length, `a key of ${shape.name} has ${shape.key.length} parts`)
  assert(fields === null || fields.length === shape.fields.length, `${shape.name} has other fields`)
  let at = 0
  try {
    for (const value of key) {
      if (value === null) throw new Unfit("a key has all of its parts")
      arrays[at++]!.add(value)
    }
    if (fields !== null) for (const value of fields) arrays[at++]!.add(value)
    arrays[at]!.add(row.frame)
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    const reason = `its column ${columns[Math.max(at - 1, 0)]?.name}: ${error.message}`
    throw new RowRefused({ operation: `write ${shape.name}`, reason, row, cause: error })
  }
}

function bytesOf(arrays: readonly ArrayOfColumn[]): number {
  let bytes = 0
  for (const array of arrays) bytes += array.size
  return bytes
}

function upsertText({ shape }: Table): string {
  const columns = [...shape.key, ...shape.fields, FRAME_COLUMN]
  const names = columns.map(({ name }) => quoted(name)).join(", ")
  const key = shape.key.map(({ name }) => quoted(name)).join(", ")
  const set = [...shape.fields, FRAME_COLUMN].map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`)
  return `INSERT INTO ${tableName(shape.name)} AS stored (${names}) ${given(columns)}
    ON CONFLICT (${key}) DO UPDATE SET ${set.join(", ")} WHERE excluded.${quoted(FRAME)} > stored.${quoted(FRAME)}`
}

function deleteText({ shape }: Table): string {
  const columns = [...shape.key, FRAME_COLUMN]
  const same = shape.key.map(({ name }, i) => `stored.${quoted(name)} = given.c${i}`)
  const older = `stored.${quoted(FRAME)} < given.c${columns.length - 1}`
  return `DELETE FROM ${tableName(shape.name)} AS stored USING (${given(columns)}) AS given
    WHERE ${[...same, older].join(" AND ")}`
}

/** Side by side in the select list: a function in FROM would first write all of it down. */
function given(columns: readonly Column[]): string {
  const values = columns.map(({ type }, i) => {
    const { array, cast } = ELEMENTS[type]
    return `unnest($${i + 1}::${array})${cast} AS c${i}`
  })
  return `SELECT ${values.join(", ")}`
}
