/**
 * The sink port on PostgreSQL: rows and checkpoint in one transaction (S1, "together").
 * Owns: the sink's connections, and what it knows of its tables. Never: public names; those are views that are switched
 * when a build goes live.
 */

import { assert } from "../../base/assert.ts"
import { type Logger, silentLogger } from "../../base/log.ts"
import type { Batch, Row, Sink, ViewShape } from "../sink.ts"
import { operationOf, readCheckpoint } from "./checkpoint.ts"
import { type Connection, inTransaction, onConnection, openSession, type Session } from "./connection.ts"
import { asking, failureOf } from "./errors.ts"
import { Partitions } from "./partitions.ts"
import { makeReaderRole } from "./reader-role.ts"
import { scanTable } from "./scan.ts"
import { lockSchema, makeSchema, makeTable, readTable, type Table, tableOf } from "./schema.ts"
import { writeBatch } from "./write.ts"

export interface PostgresSinkOptions {
  readonly url: string
  /** What the server's own lists call this sink's connections. */
  readonly applicationName?: string
  readonly logger?: Logger
}

/** Connects when it is first asked. */
export function postgresSink({ url, applicationName, logger }: PostgresSinkOptions): Sink {
  return new PostgresSink(openSession(url, applicationName ?? "millrace", logger ?? silentLogger))
}

class PostgresSink implements Sink {
  readonly #session: Session
  readonly #partitions: Partitions
  readonly #tables = new Map<string, Table>()

  constructor(session: Session) {
    this.#session = session
    this.#partitions = new Partitions(session)
  }

  async prepare(views: readonly ViewShape[]): Promise<void> {
    await asking("prepare the schema of Postgres", async () => {
      await inTransaction(this.#session, async (connection) => {
        await lockSchema(connection)
        await makeSchema(connection)
        for (const shape of views) await makeTable(connection, shape)
      })
      await makeReaderRole(this.#session, lockSchema)
    })
    for (const shape of views) this.#tables.set(shape.name, tableOf(shape))
  }

  checkpoint(projector: string, shard: number): Promise<number> {
    const read = (connection: Connection) => readCheckpoint(connection, projector, shard)
    return asking("read a checkpoint", () => onConnection(this.#session, read))
  }

  write(batch: Batch): Promise<void> {
    const tableFor = (view: string) => this.#tableFor(view)
    return asking(operationOf(batch), () => writeBatch(this.#session, tableFor, this.#partitions, batch))
  }

  async *scan(view: string): AsyncIterable<Row> {
    try {
      yield* scanTable(this.#session, await this.#tableFor(view))
    } catch (error) {
      throw failureOf(`scan ${view}`, error)
    }
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  /** Prepared by this sink, or by one before it. */
  async #tableFor(view: string): Promise<Table> {
    const known = this.#tables.get(view)
    if (known !== undefined) return known
    const table = await onConnection(this.#session, (connection) => readTable(connection, view))
    assert(table !== undefined, `view ${view} was not prepared`)
    this.#tables.set(view, table)
    return table
  }
}
