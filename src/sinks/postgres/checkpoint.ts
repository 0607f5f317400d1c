/**
 * Owns: the stored checkpoints, and the fence: moving one only from where its projector left it.
 * Never: rows.
 */

import { type Batch, Superseded } from "../sink.ts"
import type { Connection } from "./connection.ts"
import { CHECKPOINTS } from "./schema.ts"

const READ = `SELECT seq FROM ${CHECKPOINTS} WHERE projector = $1 AND shard = $2`
const MOVE = `UPDATE ${CHECKPOINTS} SET seq = $4 WHERE projector = $1 AND shard = $2 AND seq = $3`
/** The first one. Whoever comes second waits for the first to commit, and then finds that it has. */
const MAKE = `
  INSERT INTO ${CHECKPOINTS} AS stored (projector, shard, seq) VALUES ($1, $2, $4)
  ON CONFLICT (projector, shard) DO UPDATE SET seq = excluded.seq WHERE stored.seq = $3`

export async function readCheckpoint(on: Connection, projector: string, shard: number): Promise<number> {
  return read(on, READ, projector, shard)
}

/** Waits for a transaction that has it in hand: what is read then stays. */
export function readSettledCheckpoint(on: Connection, projector: string, shard: number): Promise<number> {
  return read(on, `${READ} FOR UPDATE`, projector, shard)
}

async function read(on: Connection, text: string, projector: string, shard: number): Promise<number> {
  const { rows } = await on.query<{ seq: bigint }>(text, [projector, shard])
  return Number(rows[0]?.seq ?? 0)
}

/** Holds the checkpoint's row until the transaction ends. */
export async function moveCheckpoint(on: Connection, batch: Batch): Promise<void> {
  const { projector, shard, after, upto } = batch
  const { rowCount } = await on.query(after === 0 ? MAKE : MOVE, [projector, shard, after, upto])
  if (rowCount !== 1) throw superseded(batch, await readCheckpoint(on, projector, shard))
}

export function operationOf({ shard, after, upto }: Batch): string {
  return `write frames ${after} to ${upto} of shard ${shard}`
}

export function superseded(batch: Batch, checkpoint: number): Superseded {
  const reason = `the checkpoint of ${batch.projector} is ${checkpoint}`
  return new Superseded({ operation: operationOf(batch), reason, checkpoint })
}
