/**
 * Owns: one batch as guarded writes, document by document, and the checkpoint after them.
 * Never: transactions: not every server has them, and nothing here needs one.
 *
 * A write whose frame is not above the stored one finds no document, tries to insert, and meets the one that is there:
 * a duplicate key. So does one of two that insert at once. The guarded write again, without inserting, tells them apart.
 */

import { type Collection, MongoBulkWriteError } from "mongodb"
import { assert } from "../../base/assert.ts"
import type { Clock } from "../../base/clock.ts"
import { explain } from "../../base/errors.ts"
import { MONGO_CALL_WRITES_MAX, MONGO_CONNECTIONS } from "../../base/limits.ts"
import { type Batch, RowRefused } from "../sink.ts"
import { moveCheckpoint, readCheckpoint, superseded } from "./checkpoint.ts"
import { connectionOf, DURABLE, type Session, type Stored } from "./connection.ts"
import type { Documents, Write } from "./documents.ts"
import { failureAs, kindOf, kindOfCode } from "./errors.ts"
import { FRAME } from "./schema.ts"

export type DocumentsOf = (view: string) => Promise<Documents>

export async function writeBatch(
  session: Session,
  documentsFor: DocumentsOf,
  clock: Clock,
  batch: Batch,
): Promise<void> {
  assert(batch.upto > batch.after, "a batch leads on")
  const checkpoint = await readCheckpoint(session, batch.projector, batch.shard)
  if (checkpoint !== batch.after) throw superseded(batch, checkpoint)
  const writes: Write[] = []
  for (const row of batch.rows) writes.push((await documentsFor(row.view)).writeOf(row, clock.now()))
  await writeAll(session, writes)
  await moveCheckpoint(session, batch)
}

/** On all connections at once; whatever fails, none of them is still at it afterwards. */
async function writeAll(session: Session, writes: readonly Write[]): Promise<void> {
  const buckets = Array.from({ length: MONGO_CONNECTIONS }, (): Write[] => [])
  for (const write of writes) buckets[connectionOf(write.id)]!.push(write)
  const outcomes = await Promise.allSettled(buckets.map((bucket, i) => writeOn(session, i, bucket)))
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
}

async function writeOn(session: Session, connection: number, writes: readonly Write[]): Promise<void> {
  for (const [view, ofView] of Map.groupBy(writes, ({ row }) => row.view)) {
    const collection = session.collections(view)[connection]!
    for (let at = 0; at < ofView.length; at += MONGO_CALL_WRITES_MAX) {
      await put(collection, ofView.slice(at, at + MONGO_CALL_WRITES_MAX))
    }
  }
}

async function put(collection: Collection<Stored>, writes: readonly Write[]): Promise<void> {
  const met = await upsert(collection, writes)
  const unexplained = met.length === 0 ? [] : await withoutNewer(collection, met)
  if (unexplained.length === 0) return
  // A tombstone may have gone in between; what meets a duplicate once more meets it in another index.
  const again = await upsert(collection, unexplained)
  const [refused] = again.length === 0 ? [] : await withoutNewer(collection, again)
  if (refused !== undefined) throw refusal(refused, "another document has what only one may have")
}

/** The writes that are not done and whose document is not newer either. */
async function withoutNewer(collection: Collection<Stored>, writes: readonly Write[]): Promise<readonly Write[]> {
  const met = await send(collection, writes, false)
  if (met.length > 0) return met
  const filter = { _id: { $in: writes.map(({ id }) => id) } }
  const found = await collection.find(filter, { projection: { [FRAME]: 1 } }).toArray()
  const frames = new Map(found.map((stored) => [stored._id, Number(stored[FRAME])]))
  return writes.filter(({ id, row }) => (frames.get(id) ?? -1) < row.frame)
}

function upsert(collection: Collection<Stored>, writes: readonly Write[]): Promise<readonly Write[]> {
  return send(collection, writes, true)
}

/** Resolves to the writes that met a duplicate key. */
async function send(
  collection: Collection<Stored>,
  writes: readonly Write[],
  inserting: boolean,
): Promise<readonly Write[]> {
  try {
    await collection.bulkWrite(
      writes.map(({ id, document }) => ({
        replaceOne: {
          filter: { _id: id, [FRAME]: { $lt: document[FRAME] } },
          replacement: document,
          upsert: inserting,
        },
      })),
      { ordered: false, ...DURABLE },
    )
    return []
  } catch (error) {
    return sortOut(collection, writes, inserting, error)
  }
}

async function sortOut(
  collection: Collection<Stored>,
  writes: readonly Write[],
  inserting: boolean,
  error: unknown,
): Promise<readonly Write[]> {
  const each = errorsOf(error)
  if (each.length === 0) return halve(collection, writes, inserting, error)
  const met: Write[] = []
  for (const { index, code } of each) {
    const write = writes[index]!
    const kind = kindOfCode(code)
    if (kind === "duplicate") met.push(write)
    else if (kind !== "refused") throw failureAs(kind, `write ${write.row.view}`, error)
    else if (writes.length === 1) throw refusal(write, explain(error), error)
    else met.push(...(await send(collection, [write], inserting)))
  }
  return met
}

/** The whole call was refused, for one document of it or for none: writing the halves tells. */
async function halve(
  collection: Collection<Stored>,
  writes: readonly Write[],
  inserting: boolean,
  error: unknown,
): Promise<readonly Write[]> {
  if (kindOf(error) !== "refused") throw error
  const [first] = writes
  if (writes.length === 1 && first !== undefined) throw refusal(first, explain(error), error)
  const middle = writes.length >> 1
  const left = await send(collection, writes.slice(0, middle), inserting)
  return [...left, ...(await send(collection, writes.slice(middle), inserting))]
}

interface WriteFailure {
  readonly index: number
  readonly code: number
}

/** The failures of single writes; none if the call failed as a whole. */
function errorsOf(error: unknown): readonly WriteFailure[] {
  if (!(error instanceof MongoBulkWriteError)) return []
  if (error.result.getWriteConcernError() !== undefined) {
    throw failureAs("away", "have a majority confirm documents", error)
  }
  const failures = error.writeErrors
  return (Array.isArray(failures) ? failures : [failures]).map(({ index, code }) => ({ index, code }))
}

function refusal({ row }: Write, reason: string, cause?: unknown): RowRefused {
  return new RowRefused({ operation: `write ${row.view}`, reason, row, cause })
}
