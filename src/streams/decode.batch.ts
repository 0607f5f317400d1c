/**
 * Owns: decoding a packed message quickly: events of one shape are read together, whatever their order.
 * Never: the packed format itself (wire/batch.ts).
 *
 * A bad event rejects itself alone; only a message that is no batch is rejected as a whole.
 */

import type { EventData, EventReader } from "../define/reader.ts"
import type { Registry } from "../define/registry.ts"
import { type BatchEvent, decodeBatch } from "../wire/batch.ts"
import { whyBadId } from "../wire/headers.ts"
import { pack, Unpackable } from "../wire/pack.ts"
import type { Decoded, DecodedEvent, DecodeLimits, Known, Rejection } from "./decode.outcome.ts"
import { readReason, rejectionOf, unknownReader, whyBadTime } from "./decode.outcome.ts"
import type { Reason } from "./decode.reasons.ts"
import type { Stored } from "./log.ts"

export function decodeBatchMessage(registry: Registry, limits: DecodeLimits, stored: Stored, tenant: string): Decoded {
  const batch = decodeBatch(stored.body)
  if (batch.tag === "bad") {
    const known: Known = { ...OF_NO_EVENT, tenant }
    return { events: [], rejected: [rejectionOf(limits, stored, known, { tag: "bad-batch", why: batch.reason })] }
  }
  return new BatchDecoding(registry, limits, stored, tenant, batch.events).run()
}

const OF_NO_EVENT = {
  type: undefined,
  schemaVersion: undefined,
  id: undefined,
  time: undefined,
  index: undefined,
  encoding: "batch",
} as const

/** Events of one shape, by their places in the message. */
interface Run {
  readonly fields: readonly string[]
  readonly reader: EventReader
  readonly indexes: number[]
  readonly values: EventData[]
}

class BatchDecoding {
  readonly #registry: Registry
  readonly #limits: DecodeLimits
  readonly #stored: Stored
  readonly #tenant: string
  readonly #events: readonly BatchEvent[]
  /** By the array of field names, which each shape of the message has to itself. */
  readonly #runs = new Map<readonly string[], Run>()
  readonly #decoded: (DecodedEvent | undefined)[] = []
  readonly #rejected: Rejection[] = []

  constructor(registry: Registry, limits: DecodeLimits, stored: Stored, tenant: string, events: readonly BatchEvent[]) {
    this.#registry = registry
    this.#limits = limits
    this.#stored = stored
    this.#tenant = tenant
    this.#events = events
    this.#decoded.length = events.length
  }

  run(): Decoded {
    this.#sort()
    for (const run of this.#runs.values()) this.#read(run)
    if (this.#rejected.length === 0) return { events: this.#decoded as DecodedEvent[], rejected: this.#rejected }
    const events = this.#decoded.filter((event) => event !== undefined)
    return { events, rejected: this.#rejected.sort((a, b) => a.index! - b.index!) }
  }

  /** Into runs; what can be told from an event's head alone is rejected here. */
  #sort(): void {
    let run: Run | undefined
    for (let index = 0; index < this.#events.length; index++) {
      const event = this.#events[index]!
      if (run?.fields !== event.fields) run = this.#runOf(event)
      const reason = run === undefined ? this.#unknown(event) : this.#headReason(event)
      if (reason !== undefined) this.#reject(index, reason)
      else {
        run!.indexes.push(index)
        run!.values.push(event.data)
      }
    }
  }

  #runOf({ type, schemaVersion, fields }: BatchEvent): Run | undefined {
    const known = this.#runs.get(fields)
    if (known !== undefined) return known
    const reader = this.#registry.reader(type, schemaVersion)
    if (reader === undefined) return undefined
    const run: Run = { fields, reader, indexes: [], values: [] }
    this.#runs.set(fields, run)
    return run
  }

  #unknown({ type, schemaVersion }: BatchEvent): Reason {
    return unknownReader(this.#registry, type, schemaVersion)
  }

  #headReason(event: BatchEvent): Reason | undefined {
    const why = whyBadId(event.id)
    if (why !== undefined) return { tag: "bad-id", why }
    const { arrivedAt } = this.#stored
    return event.timeMs === undefined ? undefined : whyBadTime(this.#limits, event.timeMs, arrivedAt)
  }

  #read(run: Run): void {
    const { reader, indexes } = run
    const all = reader.readAll(run.values, run.fields)
    if (all === undefined) this.#readOneByOne(run)
    else for (let i = 0; i < all.length; i++) this.#take(reader, indexes[i]!, all[i]!)
  }

  #readOneByOne({ reader, indexes, values }: Run): void {
    for (let i = 0; i < values.length; i++) {
      const read = reader.read(values[i])
      if (read.tag === "read") this.#take(reader, indexes[i]!, read.data)
      else this.#reject(indexes[i]!, readReason(read))
    }
  }

  #take(reader: EventReader, index: number, data: EventData): void {
    const { id, timeMs } = this.#events[index]!
    this.#decoded[index] = {
      tenant: this.#tenant,
      type: reader.type,
      schemaVersion: reader.version,
      version: reader.current,
      id,
      time: timeMs ?? this.#stored.arrivedAt,
      key: data[reader.keyField] as string,
      data,
      index,
    }
  }

  #reject(index: number, reason: Reason): void {
    const { type, schemaVersion, id, timeMs, data } = this.#events[index]!
    const time = timeMs ?? this.#stored.arrivedAt
    const alone = packed(data)
    const encoding = alone === undefined ? "batch" : "msgpack"
    const known: Known = { tenant: this.#tenant, type, schemaVersion, id, time, index, encoding }
    this.#rejected.push(rejectionOf(this.#limits, this.#stored, known, reason, alone))
  }
}

/** Nothing when it cannot stand by itself: as a whole it is nested one deeper than its parts were. */
function packed(data: BatchEvent["data"]): Uint8Array | undefined {
  try {
    return pack(data)
  } catch (error) {
    if (error instanceof Unpackable) return undefined
    throw error
  }
}
