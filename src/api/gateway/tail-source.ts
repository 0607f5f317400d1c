/**
 * Owns: following the log of record as people read it: decoded, filtered, at the reader's pace.
 * Never: one that follows holding up another; each has a reader of its own.
 */

import { TAIL_BATCH_MESSAGES_MAX, TAIL_NEWEST_MESSAGES_MAX, TAIL_SIGN_OF_LIFE_MS } from "../../base/limits.ts"
import type { Registry } from "../../define/registry.ts"
import { DECODE_LIMITS, type DecodedEvent, type Rejection } from "../../streams/decode.outcome.ts"
import { reasonText } from "../../streams/decode.reasons.ts"
import { decodeMessage } from "../../streams/decode.ts"
import type { Log, LogReader, Stored } from "../../streams/log.ts"
import { DEAD, INGEST, outboxStream } from "../../streams/names.ts"
import { parseStored } from "../../wire/subject.ts"
import type { TailedEvent } from "../report.ts"
import type { TailBatch, TailQuery } from "./sources.ts"

export interface TailOptions {
  readonly log: Log
  readonly registry: Registry
  readonly generation: number
}

export async function* tailLog(options: TailOptions, query: TailQuery, signal: AbortSignal): AsyncGenerator<TailBatch> {
  const stream = { ingest: INGEST, dead: DEAD, outbox: outboxStream(options.generation) }[query.of]
  const follow = new Following(options.log, stream)
  await follow.open(query.from, query.newest)
  try {
    while (!signal.aborted) {
      const skipped = query.newest ? await follow.jumpAhead() : 0
      const messages = await follow.next()
      const events = messages.flatMap((stored) => tailedOf(options.registry, query, stream, stored))
      yield { events: events.filter((event) => asked(query, event)), skipped }
    }
  } finally {
    await follow.close()
  }
}

class Following {
  readonly #log: Log
  readonly #stream: string
  #reader: LogReader | undefined
  #next = 0

  constructor(log: Log, stream: string) {
    this.#log = log
    this.#stream = stream
  }

  /** Who wants the newest gets those that are there already, too; everybody else starts with what comes now. */
  async open(from: number | undefined, newest: boolean): Promise<void> {
    this.#next = from ?? (await this.#start(newest ? TAIL_NEWEST_MESSAGES_MAX : 0))
    this.#reader = await this.#log.read({ stream: this.#stream, from: this.#next })
  }

  async next(): Promise<readonly Stored[]> {
    const messages = (await this.#reader?.next(TAIL_BATCH_MESSAGES_MAX, TAIL_SIGN_OF_LIFE_MS)) ?? []
    this.#next = (messages.at(-1)?.sequence ?? this.#next - 1) + 1
    return messages
  }

  /** Resolves to how many messages were passed over. */
  async jumpAhead(): Promise<number> {
    const { last } = await this.#log.bounds(this.#stream)
    const target = last + 1 - TAIL_NEWEST_MESSAGES_MAX
    const skipped = target - this.#next
    if (skipped <= 0) return 0
    await this.close()
    await this.open(target, true)
    return skipped
  }

  async #start(back: number): Promise<number> {
    const { first, last } = await this.#log.bounds(this.#stream)
    return Math.max(first, last + 1 - back)
  }

  async close(): Promise<void> {
    await this.#reader?.close()
  }
}

function asked({ tenant, type }: TailQuery, event: TailedEvent): boolean {
  return (tenant === undefined || event.tenant === tenant) && (type === undefined || event.type === type)
}

function tailedOf(registry: Registry, query: TailQuery, stream: string, stored: Stored): TailedEvent[] {
  if (query.of !== "ingest") return [unread(stream, stored)]
  const at = parseStored(stored.subject)
  const lane = at !== undefined && "lane" in at ? at.lane : null
  const { events, rejected } = decodeMessage(registry, DECODE_LIMITS, stored)
  const place = { stream, sequence: stored.sequence, lane, arrivedAt: iso(stored.arrivedAt) }
  return [
    ...events.map((event) => ({ ...place, ...eventFields(event) })),
    ...rejected.map((rejection) => ({ ...place, ...rejectedFields(rejection, stored) })),
  ].sort((a, b) => a.index - b.index)
}

function eventFields({ index, tenant, type, id, key, time, version, data }: DecodedEvent) {
  return { index, tenant, type, id, key, time: iso(time), schema: version, data, refused: null }
}

function rejectedFields({ index, tenant, type, id, time, schemaVersion, reason }: Rejection, { arrivedAt }: Stored) {
  return {
    index: index ?? 0,
    tenant: tenant ?? "",
    type: type ?? "",
    id: id ?? null,
    key: null,
    time: iso(time ?? arrivedAt),
    schema: schemaVersion ?? 0,
    data: null,
    refused: reasonText(reason),
  }
}

/** Letters and frames: that they are there, and how large. */
function unread(stream: string, stored: Stored): TailedEvent {
  const at = iso(stored.arrivedAt)
  const place = { stream, sequence: stored.sequence, index: 0, lane: null, time: at, arrivedAt: at }
  const refused = `${stored.subject}, ${stored.body.length} bytes: no event`
  return { ...place, tenant: "", type: "", id: null, key: null, schema: 0, data: null, refused }
}

const FAR_MS = 8.64e15

function iso(timeMs: number): string {
  return new Date(Math.min(FAR_MS, Math.max(-FAR_MS, timeMs))).toISOString()
}
