/**
 * Owns: what the outbox says, frame by frame: the emits as events of their loop lanes, and the newest row of each view.
 * Never: how frames come about.
 */

import type { Registry } from "../../define/registry.ts"
import { FrameReader } from "../../streams/frame.read.ts"
import type { Frame, ViewRow } from "../../streams/frame.ts"
import type { Stored } from "../../streams/log.ts"
import type { LoggedEvent } from "./log.ts"

export interface StoredFrame {
  readonly frame: Frame
  readonly stored: Stored
}

const FIRST_LOOP_LANE = 17
const EVENTS_PER_SEGMENT = 256

export const loopLaneOf = (shard: number) => FIRST_LOOP_LANE + shard

/** By shard, in the order of the outbox. */
export function readFrames(messages: Iterable<Stored>): ReadonlyMap<number, readonly StoredFrame[]> {
  const shards = new Map<number, StoredFrame[]>()
  for (const stored of messages) {
    const shard = Number(stored.subject.split(".")[2])
    const read = { frame: new FrameReader(stored.body).whole(), stored }
    const known = shards.get(shard)
    if (known === undefined) shards.set(shard, [read])
    else known.push(read)
  }
  return shards
}

/** Emits that somebody can read come back as events; each has its own stamp. */
export function emittedEvents(shard: number, frames: readonly StoredFrame[], registry: Registry): LoggedEvent[] {
  return frames.flatMap(({ frame, stored }) =>
    frame.emits.flatMap((emit, index) => {
      const read = registry.reader(emit.type, emit.version)?.read(emit.data)
      if (read?.tag !== "read") return []
      const { tenant, type, id, time, stamp } = emit
      const segment = Math.floor(index / EVENTS_PER_SEGMENT)
      const at = { lane: loopLaneOf(shard), sequence: frame.head.n, segment, index, arrivedAt: stored.arrivedAt }
      return [{ ...at, stamp, tenant, type, id, time, data: read.data }]
    }),
  )
}

/** By view, tenant, key and where the window begins. */
export const rowName = (view: number, tenant: string, key: string, start: number | null) =>
  JSON.stringify([view, tenant, key, start])

/** What a sink that never failed would hold. */
export class FoldedRows {
  readonly rows = new Map<string, ViewRow>()

  take({ views }: Frame): void {
    for (const { view, rows } of views) {
      for (const row of rows) {
        const name = rowName(view, row.tenant, row.key, row.window?.[0] ?? null)
        if (row.values === null) this.rows.delete(name)
        else this.rows.set(name, row)
      }
    }
  }
}
