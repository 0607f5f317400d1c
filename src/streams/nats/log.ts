/**
 * The log port on JetStream. Owns: the one pipelined publisher of its appends, and its readers.
 * Never: more than the port promises: no retries, no prediction of fences, no expectation of a last message id
 * (a replicated stream of NATS 2.15 refuses writes for good after one that fails).
 */

import type { Clock } from "../../base/clock.ts"
import { READER_ATTEMPT_WITHIN_MS, STREAM_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import { type Logger, silentLogger } from "../../base/log.ts"
import type { NatsConnection } from "../../wire/nats/connection.ts"
import { type Fields, makePublisher, type Publisher, type Reply } from "../../wire/nats/publisher.ts"
import type { Appended, Log, LogReader, Outgoing, ReadFrom, Stored, StreamBounds } from "../log.ts"
import { failureOf, outcomeOfReply } from "./errors.ts"
import { NatsReader } from "./reader.ts"
import { ask, openSession, type Session } from "./session.ts"
import { boundsOf } from "./state.ts"
import { storedOf } from "./stored.ts"

export interface NatsLogOptions {
  readonly connection: NatsConnection
  readonly clock?: Clock
  readonly logger?: Logger
}

export async function openNatsLog({ connection, clock, logger }: NatsLogOptions): Promise<NatsLog> {
  const session = await openSession(connection, clock)
  const ofReaders = await openSession(connection, clock, READER_ATTEMPT_WITHIN_MS)
  return new NatsLog(session, ofReaders, logger ?? silentLogger)
}

export class NatsLog implements Log {
  readonly #session: Session
  readonly #ofReaders: Session
  readonly #logger: Logger
  readonly #publisher: Publisher
  readonly #readers = new Set<NatsReader>()

  constructor(session: Session, ofReaders: Session, logger: Logger) {
    this.#session = session
    this.#ofReaders = ofReaders
    this.#logger = logger
    this.#publisher = makePublisher(session.connection, { timeoutMs: STREAM_ANSWER_WITHIN_MS, clock: session.clock })
    void this.#followConnection()
  }

  append(message: Outgoing): Promise<Appended> {
    return new Promise((resolve, reject) => {
      this.#publisher.send(message.subject, message.body, fieldsOf(message), (reply) => {
        if (reply.tag === "stored") resolve(appendedOf(reply))
        else reject(failureOf("log", `append to ${message.subject}`, outcomeOfReply(reply)))
      })
    })
  }

  async last(stream: string, filter: string): Promise<Stored | undefined> {
    return this.#message(stream, `read the last of ${filter}`, { last_by_subj: filter })
  }

  async get(stream: string, sequence: number): Promise<Stored | undefined> {
    return this.#message(stream, `get ${sequence} of ${stream}`, { seq: sequence })
  }

  async read(from: ReadFrom): Promise<LogReader> {
    const reader = new NatsReader(this.#ofReaders, this.#logger, from, (closed) => this.#readers.delete(closed))
    await reader.start()
    this.#readers.add(reader)
    return reader
  }

  bounds(stream: string): Promise<StreamBounds> {
    return ask("log", `ask for the bounds of ${stream}`, this.#session, () => boundsOf(this.#session, stream))
  }

  async trim(stream: string, below: number, subject?: string): Promise<void> {
    const operation = `trim ${subject ?? stream} below ${below}`
    await ask("log", operation, this.#session, async () => {
      // A purge up to a sequence that is not there yet would let the stream go on from there.
      const { last } = await boundsOf(this.#session, stream)
      const seq = Math.min(below, last + 1)
      await this.#session.manager.streams.purge(stream, subject === undefined ? { seq } : { filter: subject, seq })
    })
  }

  /** Settles what is in flight as away, and ends the readers. The connection stays open. */
  async close(): Promise<void> {
    this.#publisher.close()
    await Promise.all([...this.#readers].map((reader) => reader.close()))
  }

  async #message(stream: string, operation: string, query: { seq: number } | { last_by_subj: string }) {
    const found = await ask("log", operation, this.#session, () =>
      this.#session.manager.streams.getMessage(stream, query),
    )
    return found === null ? undefined : storedOf(found)
  }

  async #followConnection(): Promise<void> {
    for await (const status of this.#session.connection.status()) {
      if (status.type === "reconnect") for (const reader of this.#readers) reader.reconnected()
    }
  }
}

function fieldsOf({ headers, id, expectLast }: Outgoing): Fields | undefined {
  if (id === undefined && expectLast === undefined) return headers
  return {
    ...headers,
    ...(id === undefined ? {} : { "Nats-Msg-Id": id }),
    ...(expectLast === undefined ? {} : { "Nats-Expected-Last-Subject-Sequence": String(expectLast) }),
  }
}

function appendedOf({ stream, sequence, duplicate }: Extract<Reply, { tag: "stored" }>): Appended {
  return { stream, sequence, duplicate }
}
