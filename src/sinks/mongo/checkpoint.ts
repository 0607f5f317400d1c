/**
 * Owns: the stored checkpoints, and the fence: moving one only from where its projector left it, and finding out what
 * became of a move whose answer was lost. Never: rows.
 */

import type { Collection } from "mongodb"
import { explain } from "../../base/errors.ts"
import { type Batch, SinkAway, Superseded } from "../sink.ts"
import { DURABLE, type Session, type Stored } from "./connection.ts"
import { kindOf } from "./errors.ts"
import { CHECKPOINTS } from "./schema.ts"

export async function readCheckpoint(session: Session, projector: string, shard: number): Promise<number> {
  const stored = await checkpointsOf(session).findOne({ _id: idOf(projector, shard) }, { readConcern: "majority" })
  return Number(stored?.seq ?? 0)
}

/** After the rows: they are guarded, so that whoever writes them again changes nothing. */
export async function moveCheckpoint(session: Session, batch: Batch): Promise<void> {
  const { projector, shard, after, upto } = batch
  const _id = idOf(projector, shard)
  const options = { upsert: after === 0, ...DURABLE }
  try {
    const move = { $set: { projector, shard, seq: upto } }
    const { matchedCount, upsertedCount } = await checkpointsOf(session).updateOne({ _id, seq: after }, move, options)
    if (matchedCount + upsertedCount === 1) return
  } catch (error) {
    const kind = kindOf(error)
    if (kind === "away") return settle(session, batch, error)
    if (kind !== "duplicate") throw error
  }
  throw superseded(batch, await readCheckpoint(session, projector, shard))
}

/** If it was moved to where this batch leads, by this projector or by one that wrote the same rows, it is done. */
async function settle(session: Session, batch: Batch, cause: unknown): Promise<void> {
  const checkpoint = await readCheckpoint(session, batch.projector, batch.shard)
  if (checkpoint === batch.upto) return
  if (checkpoint !== batch.after) throw superseded(batch, checkpoint)
  throw new SinkAway({ operation: operationOf(batch), reason: `the checkpoint stayed: ${explain(cause)}`, cause })
}

export function operationOf({ shard, after, upto }: Batch): string {
  return `write frames ${after} to ${upto} of shard ${shard}`
}

export function superseded(batch: Batch, checkpoint: number): Superseded {
  const reason = `the checkpoint of ${batch.projector} is ${checkpoint}`
  return new Superseded({ operation: operationOf(batch), reason, checkpoint })
}

function checkpointsOf({ database }: Session): Collection<Stored> {
  return database.collection<Stored>(CHECKPOINTS)
}

function idOf(projector: string, shard: number): string {
  return `${projector}/${shard}`
}
