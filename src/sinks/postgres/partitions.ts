/**
 * Owns: the months that a table of windows is kept in, made before the first row that needs one.
 * Never: dropping them; how long windows stay is for whoever knows the definition.
 *
 * A partition is made aside and attached: that keeps out neither readers nor writers, as making it in place would.
 */

import { assert } from "../../base/assert.ts"
import type { Row } from "../sink.ts"
import { type Connection, inTransaction, type Session } from "./connection.ts"
import { lockSchema, quoted, SCHEMA, STORAGE, type Table, tableName } from "./schema.ts"

/** Months of the year 0 on, as one number. */
type Month = number

const MONTHS = 12

export class Partitions {
  readonly #session: Session
  /** Partitions that were there when they were last looked for. */
  readonly #made = new Set<string>()

  constructor(session: Session) {
    this.#session = session
  }

  /** Somebody may have dropped some of them. */
  forget(): void {
    this.#made.clear()
  }

  async ensure(table: Table, rows: readonly Row[]): Promise<void> {
    const { partitionedBy, shape } = table
    if (partitionedBy === undefined) return
    const months = new Set(rows.filter(({ fields }) => fields !== null).map(({ key }) => monthOf(key[partitionedBy])))
    const missing = [...months].filter((month) => !this.#made.has(partitionName(shape.name, month)))
    if (missing.length === 0) return
    await inTransaction(this.#session, async (connection) => {
      await lockSchema(connection)
      for (const month of missing) await make(connection, shape.name, month)
    })
    for (const month of missing) this.#made.add(partitionName(shape.name, month))
  }
}

async function make(connection: Connection, view: string, month: Month): Promise<void> {
  const name = partitionName(view, month)
  const { rows } = await connection.query("SELECT to_regclass($1) AS there", [`${SCHEMA}.${quoted(name)}`])
  if (rows[0]?.there !== null) return
  const [table, partition] = [tableName(view), tableName(name)]
  await connection.query(`CREATE TABLE ${partition} (LIKE ${table} INCLUDING ALL) WITH (${STORAGE})`)
  const range = `FROM ('${startOf(month)}') TO ('${startOf(month + 1)}')`
  await connection.query(`ALTER TABLE ${table} ATTACH PARTITION ${partition} FOR VALUES ${range}`)
}

function monthOf(start: unknown): Month {
  assert(start instanceof Date, "a window's start is a time")
  return start.getUTCFullYear() * MONTHS + start.getUTCMonth()
}

function startOf(month: Month): string {
  return `${yearOf(month)}-${twoDigits((month % MONTHS) + 1)}-01 00:00:00+00`
}

function partitionName(view: string, month: Month): string {
  return `${view}_${yearOf(month)}${twoDigits((month % MONTHS) + 1)}`
}

function yearOf(month: Month): string {
  return String(Math.floor(month / MONTHS)).padStart(4, "0")
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0")
}
