/**
 * Owns: putting admitted events into messages: many of a slot into one, or each into its own. What was sealed is sent,
 * and sent again, byte by byte the same. Never: when to seal or send.
 */

import { explain } from "../base/errors.ts"
import { PUBLISH_HEADER_BYTES } from "../base/limits.ts"
import { type BatchBuilder, BatchWorkshop } from "../wire/batchbuilder.ts"
import { HEADER, MESSAGE_PACK } from "../wire/headers.ts"
import { selectorFor } from "../wire/lane.ts"
import { pack, Unpackable } from "../wire/pack.ts"
import { batchSubject, eventSubject } from "../wire/subject.ts"
import { type Admitted, invalid } from "./event.ts"
import { PublishFailed } from "./failures.ts"
import type { Settled } from "./options.ts"
import type { Message } from "./transport.ts"

/** What is told of one event: `index` says which of the caller's it is. */
export interface Waiter {
  stored(index: number, id: string, position: string): void
  failed(index: number, failure: PublishFailed): void
}

/** Events on their way to becoming one message. */
export interface Open {
  /** Whether it holds another one's place: false, and nothing changed, if there is none. Throws PublishFailed. */
  add(event: Admitted): boolean
  readonly events: number
  readonly bytes: number
  readonly isFull: boolean
  seal(messageId: string): Sealed
}

export interface Sealed {
  readonly message: Message
  /** By the order of adding. */
  readonly ids: readonly string[]
}

export interface Packing {
  open(tenant: string, lane: number): Open
}

export function packingFor(options: Settled, messageBytesMax: number): Packing {
  const bodyBytesMax = messageBytesMax - PUBLISH_HEADER_BYTES
  if (options.messages === "single") {
    return { open: (tenant) => new SingleOpen(tenant, options.encoding === "json" ? asJson : pack, bodyBytesMax) }
  }
  const bytesMax = Math.min(options.batchBytesMax, bodyBytesMax)
  const workshop = new BatchWorkshop({ eventsMax: options.batchEventsMax, bytesMax: bodyBytesMax })
  const limits = { eventsMax: options.batchEventsMax, bytesMax }
  return { open: (tenant, lane) => new BatchOpen(tenant, lane, workshop.builder(), limits) }
}

class BatchOpen implements Open {
  readonly #tenant: string
  readonly #lane: number
  readonly #builder: BatchBuilder
  readonly #limits: { readonly eventsMax: number; readonly bytesMax: number }
  /** Sparse: only of events that came with one. */
  readonly #ids: (string | undefined)[] = []

  constructor(tenant: string, lane: number, builder: BatchBuilder, limits: { eventsMax: number; bytesMax: number }) {
    this.#tenant = tenant
    this.#lane = lane
    this.#builder = builder
    this.#limits = limits
  }

  get events(): number {
    return this.#builder.events
  }

  get bytes(): number {
    return this.#builder.bytes
  }

  get isFull(): boolean {
    return this.#builder.events >= this.#limits.eventsMax || this.#builder.bytes >= this.#limits.bytesMax
  }

  add(event: Admitted): boolean {
    const index = this.#builder.events
    if (this.#tryAdd(event)) {
      if (event.id !== undefined) this.#ids[index] = event.id
      return true
    }
    if (index === 0) throw tooLarge(event)
    return false
  }

  #tryAdd(event: Admitted): boolean {
    try {
      return this.#builder.add(event)
    } catch (error) {
      throw asFailure(error, event)
    }
  }

  seal(messageId: string): Sealed {
    return {
      message: {
        subject: batchSubject(this.#tenant, selectorFor(this.#tenant, this.#lane)),
        headers: { [HEADER.messageId]: `${this.#tenant}/${messageId}` },
        body: this.#builder.finish(messageId),
      },
      ids: Array.from({ length: this.#builder.events }, (_, index) => this.#ids[index] ?? `${messageId}.${index}`),
    }
  }
}

class SingleOpen implements Open {
  readonly #tenant: string
  readonly #encode: (data: unknown) => Uint8Array
  readonly #bytesMax: number
  #event: Admitted | undefined
  #body: Uint8Array = new Uint8Array(0)

  constructor(tenant: string, encode: (data: unknown) => Uint8Array, bytesMax: number) {
    this.#tenant = tenant
    this.#encode = encode
    this.#bytesMax = bytesMax
  }

  get events(): number {
    return this.#event === undefined ? 0 : 1
  }

  get bytes(): number {
    return this.#body.length
  }

  get isFull(): boolean {
    return this.#event !== undefined
  }

  add(event: Admitted): boolean {
    if (this.#event !== undefined) return false
    const body = this.#encoded(event)
    if (body.length > this.#bytesMax) throw tooLarge(event)
    this.#event = event
    this.#body = body
    return true
  }

  #encoded(event: Admitted): Uint8Array {
    try {
      return this.#encode(event.data)
    } catch (error) {
      throw asFailure(error, event)
    }
  }

  seal(messageId: string): Sealed {
    const event = this.#event!
    const id = event.id ?? messageId
    const subject = eventSubject(this.#tenant, event.type, event.keyToken)
    return { message: { subject, headers: this.#headers(event, id, messageId), body: this.#body }, ids: [id] }
  }

  /** The message has an id of its own: JetStream compares it over all types, so another's same id would be dropped. */
  #headers(event: Admitted, id: string, messageId: string): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {
      [HEADER.messageId]: `${this.#tenant}/${messageId}`,
      [HEADER.id]: id,
    }
    if (event.timeMs !== undefined) headers[HEADER.time] = String(event.timeMs)
    if (event.schemaVersion !== undefined) headers[HEADER.schema] = String(event.schemaVersion)
    if (this.#encode === pack) headers[HEADER.contentType] = MESSAGE_PACK
    return headers
  }
}

function asJson(data: unknown): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(data))
  } catch (error) {
    throw new Unpackable(explain(error))
  }
}

function asFailure(error: unknown, { id }: Admitted): unknown {
  return error instanceof Unpackable ? invalid(`the data cannot be encoded: ${error.message}`, id) : error
}

function tooLarge({ type, id }: Admitted): PublishFailed {
  return new PublishFailed({
    operation: "publish an event",
    reason: `this ${type} is larger than one message may be`,
    hint: "put what is large somewhere else and publish where it is",
    why: "too_large",
    maybeStored: false,
    ...(id === undefined ? {} : { id }),
  })
}
