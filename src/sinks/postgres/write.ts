/**
 * Owns: one batch as one transaction: the fence first, then the rows; and finding out what became of a COMMIT whose
 * answer was lost. Never: writing a batch twice; that is the projector's to decide.
 */

import { assert } from "../../base/assert.ts"
import { explain } from "../../base/errors.ts"
import { type Batch, RowRefused, SinkAway } from "../sink.ts"
import { moveCheckpoint, operationOf, readSettledCheckpoint, superseded } from "./checkpoint.ts"
import { type Connection, inTransaction, onConnection, type Session } from "./connection.ts"
import { kindOf } from "./errors.ts"
import type { Partitions } from "./partitions.ts"
import { findRefused } from "./refused.ts"
import type { Table } from "./schema.ts"
import { type Statement, statementsOf } from "./statements.ts"

export type TableOf = (view: string) => Promise<Table>

export async function writeBatch(
  session: Session,
  tableFor: TableOf,
  partitions: Partitions,
  batch: Batch,
): Promise<void> {
  assert(batch.upto > batch.after, "a batch leads on")
  const statements: Statement[] = []
  for (const [view, rows] of Map.groupBy(batch.rows, ({ view }) => view)) {
    const table = await tableFor(view)
    statements.push(...statementsOf(table, rows))
    await partitions.ensure(table, rows)
  }
  try {
    await inTransaction(session, (connection) => run(connection, batch, statements), commit)
  } catch (error) {
    if (error instanceof StatementRefused) throw await refusedRow(session, partitions, error)
    if (!(error instanceof CommitLost)) throw error
    await settle(session, batch, error)
  }
}

class StatementRefused extends Error {
  readonly statement: Statement
  constructor(statement: Statement, cause: unknown) {
    super("a statement was refused", { cause })
    this.statement = statement
  }
}

async function run(connection: Connection, batch: Batch, statements: readonly Statement[]): Promise<void> {
  await moveCheckpoint(connection, batch)
  for (const statement of statements) {
    try {
      await connection.query(statement.text, [...statement.values])
    } catch (error) {
      throw kindOf(error) === "refused" ? new StatementRefused(statement, error) : error
    }
  }
}

/** A refused statement of which every row is taken by itself was refused for a moment's reason. */
async function refusedRow(session: Session, partitions: Partitions, refused: StatementRefused): Promise<unknown> {
  const { statement, cause } = refused
  const { table, rows } = statement
  const operation = `write ${table.shape.name}`
  partitions.forget()
  await partitions.ensure(table, rows)
  const found = await findRefused(session, statement)
  if (found === undefined) return new SinkAway({ operation, reason: `refused for now: ${explain(cause)}`, cause })
  return new RowRefused({ operation, reason: explain(found.cause), row: found.row, cause: found.cause })
}

class CommitLost extends Error {}

async function commit(connection: Connection): Promise<void> {
  try {
    await connection.query("COMMIT")
  } catch (cause) {
    throw kindOf(cause) === "away" ? new CommitLost("no answer to COMMIT", { cause }) : cause
  }
}

/** The lost answer is in the checkpoint: it moved with the rows, or not at all. */
async function settle(session: Session, batch: Batch, { cause }: CommitLost): Promise<void> {
  const { projector, shard } = batch
  const checkpoint = await onConnection(session, (connection) => readSettledCheckpoint(connection, projector, shard))
  if (checkpoint === batch.upto) return
  if (checkpoint !== batch.after) throw superseded(batch, checkpoint)
  throw new SinkAway({ operation: operationOf(batch), reason: `not committed: ${explain(cause)}`, cause })
}
