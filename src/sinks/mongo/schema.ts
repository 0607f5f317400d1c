/**
 * Owns: the database `millrace` as this sink makes it: collections and indexes of views, what shape each was made for,
 * the names of our own collections. Never: documents, or changing a collection that is there: another shape is a new
 * build's collection.
 */

import type { Db } from "mongodb"
import { assert } from "../../base/assert.ts"
import { Misuse } from "../../base/errors.ts"
import type { Column, ColumnType, ViewShape } from "../sink.ts"
import { DURABLE, type Stored } from "./connection.ts"
import { kindOf } from "./errors.ts"

export const CHECKPOINTS = "_checkpoints"
const SHAPES = "_shapes"
/** The guard. No field's name begins with an underscore. */
export const FRAME = "_frame"
export const DELETED = "deleted"
export const EXPIRES_AT = "expiresAt"

const VIEW = /^[a-z][a-z0-9_]*$/
const COLUMN = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/
const VIEW_NAME_CHARS_MAX = 120
const OWN_FIELDS = new Set([DELETED, EXPIRES_AT])
const TYPES: Readonly<Record<ColumnType, true>> = {
  text: true,
  long: true,
  double: true,
  decimal: true,
  boolean: true,
  time: true,
  json: true,
}

/** `unique_users` is `uniqueUsers`, as the definition has it. */
export function fieldName(column: string): string {
  return column.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

export async function makeCollection(database: Db, shape: ViewShape): Promise<void> {
  refuseNames(shape)
  refuseOtherShape(await recordShape(database, shape), shape)
  const collection = database.collection(shape.name)
  await collection.createIndex(Object.fromEntries(shape.key.map(({ name }) => [fieldName(name), 1])))
  // Live documents never expire by the server's clock.
  const tombstones = { expireAfterSeconds: 0, partialFilterExpression: { [DELETED]: true } }
  await collection.createIndex({ [EXPIRES_AT]: 1 }, tombstones)
}

export async function readShape(database: Db, view: string): Promise<ViewShape | undefined> {
  const stored = await database.collection<Stored>(SHAPES).findOne({ _id: view })
  if (stored === null) return undefined
  return { name: view, key: columnsIn(stored.key), fields: columnsIn(stored.fields) }
}

/** The first to come says what shape it is; everybody reads what that was. */
async function recordShape(database: Db, { name, key, fields }: ViewShape): Promise<ViewShape> {
  const columns = (of: readonly Column[]) => of.map((column) => ({ name: column.name, type: column.type }))
  const recorded = { $setOnInsert: { key: columns(key), fields: columns(fields) } }
  try {
    await database.collection<Stored>(SHAPES).updateOne({ _id: name }, recorded, { upsert: true, ...DURABLE })
  } catch (error) {
    if (kindOf(error) !== "duplicate") throw error
  }
  const found = await readShape(database, name)
  assert(found !== undefined, `the shape of ${name} was just recorded`)
  return found
}

function columnsIn(stored: unknown): Column[] {
  assert(Array.isArray(stored), "a recorded shape has lists of columns")
  return stored.map((column: unknown) => {
    const { name, type } = typeof column === "object" && column !== null ? { name: "", type: "", ...column } : {}
    if (typeof name === "string" && isColumnType(type)) return { name, type }
    throw new Misuse({
      operation: "read the shape of a view",
      reason: `${String(type)} is none of the types of a view`,
    })
  })
}

function isColumnType(type: unknown): type is ColumnType {
  return typeof type === "string" && Object.hasOwn(TYPES, type)
}

function refuseNames({ name, key, fields }: ViewShape): void {
  const columns = [...key, ...fields].map((column) => column.name)
  const refuse = (reason: string) => {
    throw new Misuse({ operation: `prepare view ${name}`, reason })
  }
  if (!VIEW.test(name) || name.length > VIEW_NAME_CHARS_MAX) refuse("a collection cannot have that name")
  if (columns[0] !== "tenant_id") refuse("the key does not begin with tenant_id")
  const bad = columns.find((column) => !COLUMN.test(column) || OWN_FIELDS.has(fieldName(column)))
  if (bad !== undefined) refuse(`a column cannot be named ${JSON.stringify(bad)}`)
  const twice = columns.find((column, i) => columns.findIndex((each) => fieldName(each) === fieldName(column)) !== i)
  if (twice !== undefined) refuse(`two columns would be the field ${fieldName(twice)}`)
}

function refuseOtherShape(found: ViewShape, asked: ViewShape): void {
  const [is, wanted] = [typesOf(found), typesOf(asked)]
  const differences = [...new Set([...is.keys(), ...wanted.keys()])]
    .filter((column) => is.get(column) !== wanted.get(column))
    .map((column) => `${column} is ${is.get(column) ?? "not there"}, wanted ${wanted.get(column) ?? "none"}`)
  const [keyIs, keyWanted] = [keyOf(found), keyOf(asked)]
  if (keyIs !== keyWanted) differences.push(`the key is (${keyIs}), wanted (${keyWanted})`)
  if (differences.length === 0) return
  throw new Misuse({
    operation: `prepare view ${asked.name}`,
    reason: `its collection is there with another shape: ${differences.join("; ")}`,
    hint: "a changed view is a new build, under a new physical name",
  })
}

function keyOf({ key }: ViewShape): string {
  return key.map(({ name }) => name).join(", ")
}

function typesOf({ key, fields }: ViewShape): Map<string, string> {
  return new Map([...key, ...fields].map(({ name, type }) => [name, type]))
}
