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
  readonly pool: Pool
  readonly logger: Logger
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
  return { pool, logger }
}

type Parsers = typeof types.getTypeParser

const parserOf: Parsers = (oid: number, format?: unknown) =>
  oid === INT8 ? BigInt : types.getTypeParser(oid, format === "binary" ? "binary" : "text")

/** Committed once `work` is done; `commit` may be given by who wants to know what became of it. */
export async function inTransaction<T>(
  { pool }: Session,
  begin: string,
  work: (connection: Connection) => Promise<T>,
  commit = commitPlainly,
): Promise<T> {
  const connection = await pool.connect()
  let whole = false
  try {
    await connection.query(begin)
    const result = await work(connection)
    await commit(connection)
    whole = true
    return result
  } finally {
    connection.release(!whole)
  }
}

async function commitPlainly(connection: Connection): Promise<void> {
  await connection.query("COMMIT")
}
