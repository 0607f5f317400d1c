/**
 * Owns: the schema `millrace` as this sink makes it: tables of views, the checkpoints, the reader role; and reading back
 * what shape a table has. Never: rows, or changing a table that is there: another shape is a new build's table.
 *
 * Windows are kept by month of their start (partitions.ts).
 */

import { assert } from "../../base/assert.ts"
import { Misuse } from "../../base/errors.ts"
import type { Column, ColumnType, ViewShape } from "../sink.ts"
import type { Connection } from "./connection.ts"

export const SCHEMA = "millrace"
export const READER_ROLE = "millrace_reader"
export const CHECKPOINTS = `${SCHEMA}.checkpoints`
/** The guard. No field's name begins with an underscore. */
export const FRAME = "_frame"

export interface Table {
  readonly shape: ViewShape
  /** Where in the key the time stands that tells a row's partition; nothing for a table in one piece. */
  readonly partitionedBy: number | undefined
}

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: "text",
  long: "bigint",
  double: "double precision",
  decimal: "numeric",
  boolean: "boolean",
  time: "timestamp with time zone",
  json: "jsonb",
}

const NAME = /^[a-z_][a-z0-9_]*$/
/** Of Postgres's 63 bytes seven are for a partition's month. */
const TABLE_NAME_CHARS_MAX = 56
const COLUMN_NAME_CHARS_MAX = 63
const PARTITION_COLUMN = "window_start"
const OWN_TABLES = new Set(["checkpoints"])
/** Whoever prepares the schema holds this; any number will do that nobody else uses. */
const PREPARE_LOCK = 7_166_452_790_146_351n

export function tableOf(shape: ViewShape): Table {
  const at = shape.key.findIndex(({ name, type }) => name === PARTITION_COLUMN && type === "time")
  return { shape, partitionedBy: at < 0 ? undefined : at }
}

export function tableName(view: string): string {
  return `${SCHEMA}.${quoted(view)}`
}

/** Names are checked before they get here; a quote in one would be somebody else's SQL. */
export function quoted(name: string): string {
  assert(NAME.test(name), `not a name of a table or column: ${JSON.stringify(name)}`)
  return `"${name}"`
}

/** Ends when the transaction does. */
export async function lockSchema(connection: Connection): Promise<void> {
  await connection.query("SELECT pg_advisory_xact_lock($1)", [PREPARE_LOCK])
}

export async function makeSchema(connection: Connection): Promise<void> {
  await connection.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`)
  await connection.query(
    `CREATE TABLE IF NOT EXISTS ${CHECKPOINTS} (
       projector text COLLATE "C", shard integer, seq bigint NOT NULL, PRIMARY KEY (projector, shard)
     ) WITH (fillfactor = 50)`,
  )
}

/** Makes the view's table, or compares the one that is there. */
export async function makeTable(connection: Connection, shape: ViewShape): Promise<void> {
  refuseNames(shape)
  const found = await readShape(connection, shape.name)
  if (found === undefined) await connection.query(createTable(tableOf(shape)))
  else refuseOtherShape(found, shape)
}

export async function readTable(connection: Connection, view: string): Promise<Table | undefined> {
  const found = await readShape(connection, view)
  if (found === undefined) return undefined
  const typed = (columns: readonly FoundColumn[]) => columns.map(columnOf)
  return tableOf({ name: view, key: typed(found.key), fields: typed(found.fields) })
}

interface FoundColumn {
  readonly name: string
  readonly type: string
}

interface FoundShape {
  readonly key: readonly FoundColumn[]
  readonly fields: readonly FoundColumn[]
}

const COLUMNS = `
  SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
         array_position(i.indkey::int2[], a.attnum) AS at
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  WHERE n.nspname = $1 AND c.relname = $2
  ORDER BY at, a.attnum`

async function readShape(connection: Connection, view: string): Promise<FoundShape | undefined> {
  const { rows } = await connection.query<FoundColumn & { at: number | null }>(COLUMNS, [SCHEMA, view])
  if (rows.length === 0) return undefined
  return { key: rows.filter(({ at }) => at !== null), fields: rows.filter(({ at }) => at === null).filter(isField) }
}

function isField({ name }: FoundColumn): boolean {
  return name !== FRAME
}

function columnOf({ name, type }: FoundColumn): Column {
  const known = Object.entries(TYPES).find(([, sql]) => sql === type)?.[0]
  if (!isColumnType(known)) {
    throw new Misuse({ operation: `read the shape of ${name}`, reason: `${type} is none of the types of a view` })
  }
  return { name, type: known }
}

function isColumnType(type: string | undefined): type is ColumnType {
  return type !== undefined && Object.hasOwn(TYPES, type)
}

function createTable({ shape, partitionedBy }: Table): string {
  const key = shape.key.map(
    ({ name, type }) => `${quoted(name)} ${TYPES[type]}${type === "text" ? ' COLLATE "C"' : ""}`,
  )
  const fields = shape.fields.map(({ name, type }) => `${quoted(name)} ${TYPES[type]}`)
  const names = shape.key.map(({ name }) => quoted(name)).join(", ")
  const columns = [...key, ...fields, `${FRAME} bigint NOT NULL`, `PRIMARY KEY (${names})`].join(", ")
  const parts = partitionedBy === undefined ? `WITH (${STORAGE})` : `PARTITION BY RANGE (${quoted(PARTITION_COLUMN)})`
  return `CREATE TABLE ${tableName(shape.name)} (${columns}) ${parts}`
}

/** Rows change often: room for the next version on the same page spares the index, and vacuum comes sooner. */
export const STORAGE = "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05"

function refuseNames({ name, key, fields }: ViewShape): void {
  const columns = [...key, ...fields].map((column) => column.name)
  const refuse = (reason: string) => {
    throw new Misuse({ operation: `prepare view ${name}`, reason })
  }
  if (!NAME.test(name) || name.length > TABLE_NAME_CHARS_MAX) refuse("a table cannot have that name")
  if (OWN_TABLES.has(name)) refuse("that is a table of Millrace's own")
  if (columns[0] !== "tenant_id") refuse("the key does not begin with tenant_id")
  const bad = columns.find((column) => !NAME.test(column) || column.length > COLUMN_NAME_CHARS_MAX || column === FRAME)
  if (bad !== undefined) refuse(`a column cannot be named ${JSON.stringify(bad)}`)
}

function refuseOtherShape(found: FoundShape, { name, key, fields }: ViewShape): void {
  const is = typesOf([...found.key, ...found.fields])
  const wanted = typesOf([...key, ...fields].map((column) => ({ name: column.name, type: TYPES[column.type] })))
  const differences = [...new Set([...is.keys(), ...wanted.keys()])]
    .filter((column) => is.get(column) !== wanted.get(column))
    .map((column) => `${column} is ${is.get(column) ?? "not there"}, wanted ${wanted.get(column) ?? "none"}`)
  const keyIs = found.key.map((column) => column.name).join(", ")
  const keyWanted = key.map((column) => column.name).join(", ")
  if (keyIs !== keyWanted) differences.push(`the key is (${keyIs}), wanted (${keyWanted})`)
  if (differences.length === 0) return
  throw new Misuse({
    operation: `prepare view ${name}`,
    reason: `its table is there with another shape: ${differences.join("; ")}`,
    hint: "a changed view is a new build, under a new physical name",
  })
}

function typesOf(columns: readonly FoundColumn[]): Map<string, string> {
  return new Map(columns.map(({ name, type }) => [name, type]))
}
