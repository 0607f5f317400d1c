/**
 * Owns: the packed format, many events in one message on `ingest.<tenant>._batch.<selector>`: its shape and reading it.
 * Never: what an event's data means; writing it is batchbuilder.ts.
 *
 * Version 1, MessagePack without extension types:
 *
 *   [ 1, batchId, shapes, events ]
 *   shapes: [ [ type, schemaVersion | nil, [ field name, … ] ], … ]
 *   events: [ [ shape's index, id | nil, timeMs | nil, value, … ], … ]
 *
 * A shape names the fields whose values a row holds, in that order; an event without an optional field has another
 * shape. Without an id an event has the id `<batchId>.<its index in events>`: so a batchId must be as unique as an id.
 * timeMs is event time in epoch milliseconds, as any MessagePack number; without it the time of arrival counts. Without
 * a schemaVersion the type's default counts. All keys of one batch must live in the lane that its selector names.
 *
 * B1 any bytes give a batch or a reason, never a throw, and take memory in proportion to their length.
 * B2 a name such as `__proto__` is a field like others.
 */

import {
  BATCH_EVENTS_MAX,
  BATCH_SHAPES_MAX,
  MESSAGE_BYTES_MAX,
  SHAPE_FIELDS_MAX,
  SHAPES_CACHED_MAX,
} from "../base/limits.ts"
import { Malformed, setOwn, Unpacker } from "./unpack.ts"

export const BATCH_VERSION = 1

export interface BatchEvent {
  readonly type: string
  /** Undefined: the type's default. */
  readonly schemaVersion: number | undefined
  readonly id: string
  /** Undefined: the time of arrival. */
  readonly timeMs: number | undefined
  /** The names in `data`: the same array for all events of one shape. */
  readonly fields: readonly string[]
  readonly data: Readonly<Record<string, unknown>>
}

export type BatchRead =
  | { readonly tag: "batch"; readonly id: string; readonly events: readonly BatchEvent[] }
  | { readonly tag: "bad"; readonly reason: string }

export interface BatchLimits {
  readonly eventsMax: number
  readonly bytesMax: number
}

type Data = Record<string, unknown>
type ReadRow = (unpacker: Unpacker) => Data

interface Shape {
  readonly type: string
  readonly schemaVersion: number | undefined
  readonly fields: readonly string[]
  readonly readRow: ReadRow
}

export const BATCH_LIMITS: BatchLimits = { eventsMax: BATCH_EVENTS_MAX, bytesMax: MESSAGE_BYTES_MAX }
/** Before an event's values stand its shape, id and time. */
export const ROW_HEAD = 3

const unpacker = new Unpacker()

export function decodeBatch(bytes: Uint8Array, limits: BatchLimits = BATCH_LIMITS): BatchRead {
  if (bytes.length > limits.bytesMax) {
    return { tag: "bad", reason: `${bytes.length} bytes are more than the ${limits.bytesMax} of a batch` }
  }
  try {
    unpacker.start(bytes)
    return readBatch(unpacker, limits)
  } catch (error) {
    if (error instanceof Malformed) return { tag: "bad", reason: error.message }
    throw error
  }
}

function readBatch(from: Unpacker, limits: BatchLimits): BatchRead {
  if (from.arrayLength() !== 4) throw new Malformed("a batch has four parts")
  const version = from.value()
  if (version !== BATCH_VERSION) throw new Malformed(`the batch has version ${String(version)}, not ${BATCH_VERSION}`)
  const id = from.string()
  if (id === "") throw new Malformed("the batch has no id")
  const shapes = readShapes(from)
  const events = readEvents(from, id, shapes, limits.eventsMax)
  from.finish()
  return { tag: "batch", id, events }
}

function readShapes(from: Unpacker): readonly Shape[] {
  const count = bounded(from.arrayLength(), BATCH_SHAPES_MAX, "shapes")
  const shapes: Shape[] = []
  for (let i = 0; i < count; i++) shapes.push(readShape(from))
  return shapes
}

function readShape(from: Unpacker): Shape {
  if (from.arrayLength() !== 3) throw new Malformed("a shape has three parts")
  const type = from.string()
  const version = from.value()
  if (version !== null && !(Number.isSafeInteger(version) && Number(version) > 0)) {
    throw new Malformed("a schema version is not a positive integer")
  }
  const count = bounded(from.arrayLength(), SHAPE_FIELDS_MAX, "fields")
  const names: string[] = []
  for (let i = 0; i < count; i++) names.push(from.string())
  return {
    type,
    schemaVersion: version === null ? undefined : Number(version),
    fields: names,
    readRow: rowReader(names),
  }
}

function readEvents(from: Unpacker, batchId: string, shapes: readonly Shape[], eventsMax: number): BatchEvent[] {
  const count = bounded(from.arrayLength(), eventsMax, "events")
  const events: BatchEvent[] = []
  for (let index = 0; index < count; index++) {
    const length = from.arrayLength()
    const shape = shapes[Number(from.value())]
    if (shape === undefined) throw new Malformed(`event ${index} names a shape that is not there`)
    if (length !== ROW_HEAD + shape.fields.length)
      throw new Malformed(`event ${index} is not as long as its shape says`)
    const id = idIn(from.value(), batchId, index)
    const timeMs = timeIn(from.value(), index)
    const { type, schemaVersion, fields } = shape
    events.push({ type, schemaVersion, id, timeMs, fields, data: shape.readRow(from) })
  }
  return events
}

function idIn(id: unknown, batchId: string, index: number): string {
  if (id === null) return `${batchId}.${index}`
  if (typeof id === "string" && id !== "") return id
  throw new Malformed(`the id of event ${index} is not a string with something in it`)
}

function timeIn(time: unknown, index: number): number | undefined {
  if (time === null) return undefined
  if (typeof time === "number" && Math.abs(time) <= 8.64e15) return Math.trunc(time)
  throw new Malformed(`the time of event ${index} is not in epoch milliseconds`)
}

function bounded(count: number, max: number, what: string): number {
  if (count > max) throw new Malformed(`${count} ${what} are more than ${max}`)
  return count
}

interface Reader {
  readonly readRow: ReadRow
  readonly compiled: boolean
}

const readers = new Map<string, Reader>()

/** Compiled when it is met a second time: shapes that never come again are not worth it. */
function rowReader(names: readonly string[]): ReadRow {
  const key = JSON.stringify(names)
  const known = readers.get(key)
  if (known?.compiled) return known.readRow
  if (new Set(names).size !== names.length) throw new Malformed("a shape names a field twice")
  if (known === undefined && readers.size >= SHAPES_CACHED_MAX) readers.clear()
  const readRow = known === undefined ? interpreted(names) : compiled(names)
  readers.set(key, { readRow, compiled: known !== undefined })
  return readRow
}

function interpreted(names: readonly string[]): ReadRow {
  return (from) => {
    const data: Data = {}
    for (const name of names) setOwn(data, name, from.value())
    return data
  }
}

/** One object literal for the whole row: much faster than assigning by name. In brackets `__proto__` is only a name. */
function compiled(names: readonly string[]): ReadRow {
  const fields = names.map((name) => `${name === "__proto__" ? '["__proto__"]' : JSON.stringify(name)}: from.value()`)
  return new Function("from", `return { ${fields.join(", ")} }`) as ReadRow
}
