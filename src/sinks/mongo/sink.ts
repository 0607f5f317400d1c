/**
 * The sink port on MongoDB: documents guarded by their frames, the checkpoint after them (S1, "guarded").
 * Owns: the sink's connections, and what it knows of its views. Never: public names; those are in `_views`, switched
 * when a build goes live.
 */

import { assert } from "../../base/assert.ts"
import { type Clock, systemClock } from "../../base/clock.ts"
import type { Batch, Row, Sink, ViewShape } from "../sink.ts"
import { operationOf, readCheckpoint } from "./checkpoint.ts"
import { Session } from "./connection.ts"
import { Documents } from "./documents.ts"
import { asking, failureOf } from "./errors.ts"
import { scanDocuments } from "./scan.ts"
import { makeCollection, readShape } from "./schema.ts"
import { writeBatch } from "./write.ts"

export interface MongoSinkOptions {
  readonly url: string
  /** What the server's own lists call this sink's connections. */
  readonly applicationName?: string
  /** Says when a tombstone may go. */
  readonly clock?: Clock
}

/** Connects when it is first asked. */
export function mongoSink({ url, applicationName, clock }: MongoSinkOptions): Sink {
  return new MongoSink(new Session(url, applicationName ?? "millrace"), clock ?? systemClock)
}

class MongoSink implements Sink {
  readonly #session: Session
  readonly #clock: Clock
  readonly #documents = new Map<string, Documents>()

  constructor(session: Session, clock: Clock) {
    this.#session = session
    this.#clock = clock
  }

  async prepare(views: readonly ViewShape[]): Promise<void> {
    await asking("prepare the collections of MongoDB", async () => {
      for (const shape of views) await makeCollection(this.#session.database, shape)
    })
    for (const shape of views) this.#documents.set(shape.name, new Documents(shape))
  }

  checkpoint(projector: string, shard: number): Promise<number> {
    return asking("read a checkpoint", () => readCheckpoint(this.#session, projector, shard))
  }

  write(batch: Batch): Promise<void> {
    const documentsFor = (view: string) => this.#documentsFor(view)
    return asking(operationOf(batch), () => writeBatch(this.#session, documentsFor, this.#clock, batch))
  }

  async *scan(view: string): AsyncIterable<Row> {
    try {
      yield* scanDocuments(this.#session, await this.#documentsFor(view))
    } catch (error) {
      throw failureOf(`scan ${view}`, error)
    }
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  /** Prepared by this sink, or by one before it. */
  async #documentsFor(view: string): Promise<Documents> {
    const known = this.#documents.get(view)
    if (known !== undefined) return known
    const shape = await readShape(this.#session.database, view)
    assert(shape !== undefined, `view ${view} was not prepared`)
    const documents = new Documents(shape)
    this.#documents.set(view, documents)
    return documents
  }
}
