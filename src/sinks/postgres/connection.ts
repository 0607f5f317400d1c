/**
 * Owns: the bounded connections to one Postgres, and transactions on them. Never: what is asked over them, or showing
 * the URL to anybody: it holds a password.
 *
 * A connection on which anything failed is not used again: its transaction ends with it.
 */

import { Pool, type PoolClient, types } from "pg"
import { explain } from "../../base/errors.ts"
import {
  POSTGRES_ANSWER_WITHIN_MS,
  POSTGRES_CONNECT_WITHIN_MS,
  POSTGRES_CONNECTIONS_MAX,
  POSTGRES_STATEMENT_WITHIN_MS,
} from "../../base/limits.ts"
import type { Logger } from "../../base/log.ts"

export type Connection = PoolClient

export interface Session {
  readonly logger: Logger
  /** A connection, once it is one's turn. */
  lend(): Promise<Lent>
  close(): Promise<void>
}

interface Lent {
  readonly connection: Connection
  /** `whole`: nothing failed on it, so others may use it. */
  giveBack(whole: boolean): void
}

const INT8 = 20

/** Times and doubles come as text: in one form, whatever the server is set to. */
const OPTIONS = "-c DateStyle=ISO -c TimeZone=UTC -c IntervalStyle=postgres -c extra_float_digits=1"

export function openSession(url: string, applicationName: string, logger: Logger): Session {
  const pool = new Pool({
    connectionString: url,
    options: OPTIONS,
    application_name: applicationName,
    max: POSTGRES_CONNECTIONS_MAX,
    connectionTimeoutMillis: POSTGRES_CONNECT_WITHIN_MS,
    statement_timeout: POSTGRES_STATEMENT_WITHIN_MS,
    idle_in_transaction_session_timeout: POSTGRES_STATEMENT_WITHIN_MS,
    query_timeout: POSTGRES_ANSWER_WITHIN_MS,
    keepAlive: true,
    types: { getTypeParser: parserOf },
  })
  // Whoever is asking hears of it through the query; this is for a connection that nobody uses at that moment.
  const lost = (error: Error) => logger.debug("a connection to Postgres was lost", { reason: explain(error) })
  pool.on("error", lost)
  pool.on("connect", (client) => void client.on("error", lost))
  const turns = new Turns(POSTGRES_CONNECTIONS_MAX)
  return { logger, lend: () => lend(pool, turns), close: () => pool.end() }
}

async function lend(pool: Pool, turns: Turns): Promise<Lent> {
  await turns.take()
  try {
    const connection = await pool.connect()
    const giveBack = (whole: boolean) => {
      connection.release(!whole)
      turns.end()
    }
    return { connection, giveBack }
  } catch (error) {
    turns.end()
    throw error
  }
}

/**
 * First come, first served. The pool's own queue would count waiting for a turn as failing to connect.
 * As many wait as call: a projector has one write a shard under way.
 */
class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  end(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

type Parsers = typeof types.getTypeParser

const parserOf: Parsers = (oid: number, format?: unknown) =>
  oid === INT8 ? BigInt : types.getTypeParser(oid, format === "binary" ? "binary" : "text")

/** Committed once `work` is done; `commit` may be given by who wants to know what became of it. */
export function inTransaction<T>(
  session: Session,
  work: (connection: Connection) => Promise<T>,
  commit = commitPlainly,
): Promise<T> {
  return onConnection(session, async (connection) => {
    await connection.query("BEGIN")
    const result = await work(connection)
    await commit(connection)
    return result
  })
}

export async function onConnection<T>(session: Session, work: (connection: Connection) => Promise<T>): Promise<T> {
  const { connection, giveBack } = await session.lend()
  let whole = false
  try {
    const result = await work(connection)
    whole = true
    return result
  } finally {
    giveBack(whole)
  }
}

async function commitPlainly(connection: Connection): Promise<void> {
  await connection.query("COMMIT")
}
