/**
 * A sink in memory, as strict as a real one. It can commit in either of the two ways that S1 allows, so that what is
 * proven against it holds for Postgres ("together") and for Mongo ("guarded") alike.
 * Owns: rows and checkpoints of one place, which outlives the sinks that are opened on it. Never: latency or faults of
 * its own; it is interrupted only where it is told to be.
 */

import { assert } from "../../base/assert.ts"
import { Misuse } from "../../base/errors.ts"
import { type Batch, type Row, RowRefused, type Sink, SinkAway, Superseded, type ViewShape } from "../sink.ts"

/** What a server keeps: open several sinks on one to play a restart, or two projectors that both believe. */
export interface MemoryPlace {
  readonly views: Map<string, { readonly shape: ViewShape; readonly rows: Map<string, Row> }>
  readonly checkpoints: Map<string, number>
}

export interface MemorySinkOptions {
  readonly place?: MemoryPlace
  /** `together`: rows and checkpoint or nothing. `guarded`: row by row, each guarded by its frame, the checkpoint last. */
  readonly commit?: "together" | "guarded"
  /** Why the sink will never take a row; nothing if it will. */
  readonly refuses?: (row: Row) => string | undefined
  /** Asked before each write of a `guarded` commit: true ends it there, as a lost connection would. */
  readonly interrupted?: () => boolean
}

export function memoryPlace(): MemoryPlace {
  return { views: new Map(), checkpoints: new Map() }
}

export function memorySink(options: MemorySinkOptions = {}): Sink {
  const { place = memoryPlace(), commit = "together", refuses, interrupted = () => false } = options

  const viewOf = (name: string) => {
    const view = place.views.get(name)
    assert(view !== undefined, `view ${name} was not prepared`)
    return view
  }

  const put = (row: Row) => {
    const { rows } = viewOf(row.view)
    const id = JSON.stringify(row.key)
    const stored = rows.get(id)
    // A deleted row stays as a tombstone, so that an older write cannot bring it back.
    if (stored === undefined || stored.frame < row.frame) rows.set(id, structuredClone(row))
  }

  const check = (row: Row) => {
    const { shape } = viewOf(row.view)
    assert(row.key.length === shape.key.length, `a key of ${row.view} has ${shape.key.length} parts`)
    assert(row.fields === null || row.fields.length === shape.fields.length, `${row.view} has other fields`)
    const reason = refuses?.(row)
    if (reason !== undefined) throw new RowRefused({ operation: `write ${row.view}`, reason, row })
  }

  const stepOrEnd = () => {
    if (interrupted()) throw new SinkAway({ operation: "write a batch", reason: "the connection was lost on the way" })
  }

  return {
    async prepare(views) {
      for (const shape of views) {
        const known = place.views.get(shape.name)
        if (known === undefined) place.views.set(shape.name, { shape: structuredClone(shape), rows: new Map() })
        else refuseOtherShape(known.shape, shape)
      }
    },

    async checkpoint(projector, shard) {
      return place.checkpoints.get(checkpointId(projector, shard)) ?? 0
    },

    async write(batch) {
      const id = checkpointId(batch.projector, batch.shard)
      refuseSuperseded(batch, place.checkpoints.get(id) ?? 0)
      for (const row of batch.rows) check(row)
      for (const row of batch.rows) {
        if (commit === "guarded") stepOrEnd()
        put(row)
      }
      if (commit === "guarded") stepOrEnd()
      place.checkpoints.set(id, batch.upto)
    },

    async *scan(name) {
      for (const row of viewOf(name).rows.values()) if (row.fields !== null) yield structuredClone(row)
    },

    async close() {},
  }
}

function checkpointId(projector: string, shard: number): string {
  return `${projector} ${shard}`
}

function refuseSuperseded(batch: Batch, checkpoint: number): void {
  if (checkpoint === batch.after) return
  throw new Superseded({
    operation: `write frames ${batch.after} to ${batch.upto} of shard ${batch.shard}`,
    reason: `the checkpoint of ${batch.projector} is ${checkpoint}`,
    checkpoint,
  })
}

function refuseOtherShape(known: ViewShape, asked: ViewShape): void {
  if (JSON.stringify(known) === JSON.stringify(asked)) return
  throw new Misuse({
    operation: `prepare view ${asked.name}`,
    reason: "it is there with other columns",
    hint: "a changed view is a new build, under a new physical name",
  })
}
