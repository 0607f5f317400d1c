/**
 * Owns: finding the row for which Postgres refused a statement, by trying halves and taking them back.
 * Never: reading the error's text: it names a column at best, and that in the server's language.
 */

import type { Row } from "../sink.ts"
import { type Connection, inTransaction, type Session } from "./connection.ts"
import { kindOf } from "./errors.ts"
import { type Statement, statementsOf } from "./statements.ts"

export interface Found {
  readonly row: Row
  readonly cause: unknown
}

/** Nothing if every half passes by itself now. */
export async function findRefused(session: Session, { table, rows }: Statement): Promise<Found | undefined> {
  return inTransaction(session, (connection) => search(connection, { table, rows }), rollBack)
}

async function search(
  connection: Connection,
  { table, rows }: Pick<Statement, "table" | "rows">,
): Promise<Found | undefined> {
  let suspects = rows
  while (suspects.length > 1) {
    const half = suspects.slice(0, suspects.length >> 1)
    const cause = await refusal(connection, statementsOf(table, half))
    suspects = cause === undefined ? suspects.slice(half.length) : half
  }
  const [row] = suspects
  if (row === undefined) return undefined
  const cause = await refusal(connection, statementsOf(table, [row]))
  return cause === undefined ? undefined : { row, cause }
}

/** The error with which they are refused; nothing if they are taken. Either way nothing of them stays. */
async function refusal(connection: Connection, statements: readonly Statement[]): Promise<unknown> {
  await connection.query("SAVEPOINT before")
  let refused: unknown
  try {
    for (const { text, values } of statements) await connection.query(text, [...values])
  } catch (error) {
    if (kindOf(error) !== "refused") throw error
    refused = error
  }
  await connection.query("ROLLBACK TO SAVEPOINT before")
  return refused
}

async function rollBack(connection: Connection): Promise<void> {
  await connection.query("ROLLBACK")
}
