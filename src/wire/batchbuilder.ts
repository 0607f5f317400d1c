/**
 * Owns: writing the packed format (batch.ts), event by event, so that the size is known while it grows and a later
 * change of the caller's object changes nothing. Never: deciding when a batch is full or sent.
 */

import { BATCH_SHAPES_MAX, SHAPE_FIELDS_MAX, SHAPES_CACHED_MAX } from "../base/limits.ts"
import { BATCH_LIMITS, BATCH_VERSION, type BatchLimits, ROW_HEAD } from "./batch.ts"
import { Packer, pack, Unpackable } from "./pack.ts"

export interface EventToPack {
  readonly type: string
  readonly schemaVersion: number | undefined
  readonly id: string | undefined
  readonly timeMs: number | undefined
  readonly data: Readonly<Record<string, unknown>>
}

interface Shape {
  readonly type: string
  readonly schemaVersion: number | undefined
  readonly fields: readonly string[]
  readonly packed: Uint8Array
}

const FIRST_BYTES = 4_096
/** Looked through one by one, so few. */
const SHAPES_OF_A_TYPE_MAX = 16
const BUFFERS_KEPT_MAX = 64
const BUFFER_KEPT_BYTES_MAX = 262_144
/** Headers of the four parts and of two arrays, and the batch's id: what comes on top of shapes and rows. */
const FRAME_BYTES = 320

/** Shapes and buffers that one publisher's batches share. */
export class BatchWorkshop {
  readonly #shapes = new Map<string, Shape[]>()
  readonly #buffers: Buffer[] = []
  readonly #limits: BatchLimits
  #count = 0

  constructor(limits: BatchLimits) {
    this.#limits = limits
  }

  builder(): BatchBuilder {
    return new BatchBuilder(this, this.#buffers.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES), this.#limits)
  }

  takeBack(buffer: Buffer): void {
    if (this.#buffers.length < BUFFERS_KEPT_MAX && buffer.length <= BUFFER_KEPT_BYTES_MAX) this.#buffers.push(buffer)
  }

  /** The shape of this event. The most usual case, the same as one met before, costs a walk over its names. */
  shapeOf(event: EventToPack): Shape {
    const ofType = this.#shapes.get(event.type)
    if (ofType !== undefined) {
      for (const shape of ofType) if (matches(shape, event)) return shape
    }
    return this.#newShape(event)
  }

  #newShape(event: EventToPack): Shape {
    if (this.#count >= SHAPES_CACHED_MAX) {
      this.#shapes.clear()
      this.#count = 0
    }
    const fields = Object.entries(event.data).flatMap(([name, value]) => (value === undefined ? [] : [name]))
    if (fields.length > SHAPE_FIELDS_MAX) throw new Unpackable(`an event has at most ${SHAPE_FIELDS_MAX} fields`)
    const { type, schemaVersion } = event
    const shape = { type, schemaVersion, fields, packed: packedShape(type, schemaVersion, fields) }
    const others = this.#shapes.get(type) ?? []
    this.#shapes.set(type, [shape, ...others.slice(0, SHAPES_OF_A_TYPE_MAX - 1)])
    this.#count++
    return shape
  }
}

export class BatchBuilder {
  readonly #workshop: BatchWorkshop
  readonly #eventsMax: number
  readonly #bytesMax: number
  readonly #rows: Packer
  readonly #indexes = new Map<Shape, number>()
  #lastShape: Shape | undefined
  #lastIndex = 0
  #shapesBytes = 0
  #events = 0

  constructor(workshop: BatchWorkshop, buffer: Buffer, limits: BatchLimits) {
    this.#workshop = workshop
    this.#eventsMax = limits.eventsMax
    this.#bytesMax = limits.bytesMax
    this.#rows = new Packer(buffer)
  }

  get events(): number {
    return this.#events
  }

  /** At least as many as `finish` will give. */
  get bytes(): number {
    return FRAME_BYTES + this.#shapesBytes + this.#rows.length
  }

  /** False, and nothing changed, if the event does not fit in any more. Throws Unpackable. */
  add(event: EventToPack): boolean {
    if (this.#events >= this.#eventsMax) return false
    const shape = this.#workshop.shapeOf(event)
    const index = shape === this.#lastShape ? this.#lastIndex : (this.#indexes.get(shape) ?? this.#indexes.size)
    const isNew = index === this.#indexes.size
    const before = this.#rows.length
    this.#packRow(event, shape, index)
    const shapeBytes = isNew ? shape.packed.length : 0
    if (this.bytes + shapeBytes > this.#bytesMax || index >= BATCH_SHAPES_MAX) {
      this.#rows.backTo(before)
      return false
    }
    if (isNew) this.#indexes.set(shape, index)
    this.#shapesBytes += shapeBytes
    this.#lastShape = shape
    this.#lastIndex = index
    this.#events++
    return true
  }

  /** The whole message. The builder is used up. */
  finish(batchId: string): Uint8Array {
    const head = new Packer(Buffer.allocUnsafe(FRAME_BYTES + this.#shapesBytes))
    head.arrayHeader(4)
    head.number(BATCH_VERSION)
    head.string(batchId)
    head.arrayHeader(this.#indexes.size)
    for (const shape of this.#indexes.keys()) head.raw(shape.packed)
    head.arrayHeader(this.#events)
    const message = Buffer.concat([head.written, this.#rows.written])
    this.#workshop.takeBack(this.#rows.buffer)
    return message
  }

  /** What cannot be written is taken back before the throw goes on. */
  #packRow(event: EventToPack, { fields }: Shape, index: number): void {
    const before = this.#rows.length
    try {
      this.#rows.arrayHeader(ROW_HEAD + fields.length)
      this.#rows.number(index)
      this.#rows.value(event.id)
      this.#rows.value(event.timeMs)
      for (let i = 0; i < fields.length; i++) this.#rows.value(event.data[fields[i]!], 1)
    } catch (error) {
      this.#rows.backTo(before)
      throw error
    }
  }
}

function matches(shape: Shape, { schemaVersion, data }: EventToPack): boolean {
  if (shape.schemaVersion !== schemaVersion) return false
  const { fields } = shape
  let at = 0
  for (const name in data) {
    if (fields[at] !== name || data[name] === undefined) return false
    at++
  }
  return at === fields.length
}

function packedShape(type: string, schemaVersion: number | undefined, fields: readonly string[]): Uint8Array {
  return pack([type, schemaVersion, fields])
}

export type BatchBuilt =
  | { readonly tag: "batch"; readonly bytes: Uint8Array }
  | { readonly tag: "bad"; readonly index: number; readonly reason: string }

/** One batch of exactly these events, in this order. */
export function encodeBatch(
  batchId: string,
  events: Iterable<EventToPack>,
  limits: BatchLimits = BATCH_LIMITS,
): BatchBuilt {
  const builder = new BatchWorkshop(limits).builder()
  let index = 0
  try {
    for (const event of events) {
      if (!builder.add(event)) return { tag: "bad", index, reason: "more than one batch can take" }
      index++
    }
  } catch (error) {
    if (error instanceof Unpackable) return { tag: "bad", index, reason: error.message }
    throw error
  }
  return { tag: "batch", bytes: builder.finish(batchId) }
}
