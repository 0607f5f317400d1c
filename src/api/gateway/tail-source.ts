/**
 * Owns: following a stream as people read it: decoded, filtered, at the reader's pace.
 * Never: one that follows holding up another; each has a reader of its own.
 */

import { TAIL_BATCH_MESSAGES_MAX, TAIL_NEWEST_MESSAGES_MAX, TAIL_SIGN_OF_LIFE_MS } from "../../base/limits.ts"
import type { Registry } from "../../define/registry.ts"
import { DECODE_LIMITS, type DecodedEvent, type Rejection } from "../../streams/decode.outcome.ts"
import { reasonText } from "../../streams/decode.reasons.ts"
import { decodeMessage } from "../../streams/decode.ts"
import type { Log, LogReader, ReadFrom, Stored } from "../../streams/log.ts"
import { DEAD, INGEST, outboxStream } from "../../streams/names.ts"
import { parseStored } from "../../wire/subject.ts"
import { Malformed } from "../../wire/unpack.ts"
import type { Tailed, TailedEvent } from "../report.ts"
import { type EngineNames, NO_NAMES } from "./engine-names.ts"
import { iso } from "./plain.ts"
import type { TailBatch, TailQuery } from "./sources.ts"
import { tailedFrame } from "./tail-frame.ts"
import { tailedLetters } from "./tail-letter.ts"

export interface TailOptions {
  readonly log: Log
  readonly registry: Registry
  readonly generation: number
  /** What numbers in frames and letters stand for, as the generation's code says. */
  readonly names: () => Promise<EngineNames>
}

export async function* tailLog(options: TailOptions, query: TailQuery, signal: AbortSignal): AsyncGenerator<TailBatch> {
  const { stream, filter } = followed(options.generation, query.of)
  const follow = new Following(options.log, stream, filter)
  const told = query.of === "ingest" ? NO_NAMES : await options.names()
  await follow.open(query.from, query.newest)
  try {
    while (!signal.aborted) {
      const skipped = query.newest ? await follow.jumpAhead() : 0
      const messages = await follow.next()
      yield { events: messages.flatMap((stored) => tailedOf(options.registry, told, query, stream, stored)), skipped }
    }
  } finally {
    await follow.close()
  }
}

/** Letters of every generation: they outlive it. */
function followed(generation: number, of: TailQuery["of"]): Pick<ReadFrom, "stream" | "filter"> {
  if (of === "ingest") return { stream: INGEST }
  if (of === "outbox") return { stream: outboxStream(generation) }
  return { stream: DEAD, filter: `${of}.>` }
}

class Following {
  readonly #log: Log
  readonly #stream: string
  readonly #filter: string | undefined
  #reader: LogReader | undefined
  #next = 0

  constructor(log: Log, stream: string, filter: string | undefined) {
    this.#log = log
    this.#stream = stream
    this.#filter = filter
  }

  /** Who wants the newest gets those that are there already, too; everybody else starts with what comes now. */
  async open(from: number | undefined, newest: boolean): Promise<void> {
    this.#next = from ?? (await this.#start(newest ? TAIL_NEWEST_MESSAGES_MAX : 0))
    this.#reader = await this.#log.read({
      ...{ stream: this.#stream, from: this.#next },
      ...(this.#filter === undefined ? {} : { filter: this.#filter }),
    })
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

function tailedOf(
  registry: Registry,
  names: EngineNames,
  query: TailQuery,
  stream: string,
  stored: Stored,
): readonly Tailed[] {
  if (query.of === "ingest") return tailedEvents(registry, stream, stored).filter((event) => asked(query, event))
  try {
    return query.of === "outbox"
      ? tailedFrame(names, query, stream, stored)
      : tailedLetters(names, query, stream, stored)
  } catch (error) {
    if (error instanceof Malformed) return [unread(stream, stored, error.message)]
    throw error
  }
}

function tailedEvents(registry: Registry, stream: string, stored: Stored): TailedEvent[] {
  const at = parseStored(stored.subject)
  const lane = at !== undefined && "lane" in at ? at.lane : null
  const { events, rejected } = decodeMessage(registry, DECODE_LIMITS, stored)
  const place = { kind: "event", stream, sequence: stored.sequence, lane, arrivedAt: iso(stored.arrivedAt) } as const
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

/** That it is there, and how large. */
function unread(stream: string, stored: Stored, why: string): TailedEvent {
  const at = iso(stored.arrivedAt)
  const place = { stream, sequence: stored.sequence, index: 0, lane: null, time: at, arrivedAt: at }
  const refused = `${stored.subject}, ${stored.body.length} bytes: ${why}`
  return { kind: "event", ...place, tenant: "", type: "", id: null, key: null, schema: 0, data: null, refused }
}
