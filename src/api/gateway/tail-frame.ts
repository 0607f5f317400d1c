/** Owns: a frame of the outbox as people read it. Never: which frames are asked for (tail-source.ts). */

import { FrameReader } from "../../streams/frame.read.ts"
import type { Emitted, ViewRow, ViewRows } from "../../streams/frame.ts"
import type { Stored } from "../../streams/log.ts"
import type { TailedEmit, TailedFrame, TailedRow, TailedView } from "../report.ts"
import type { EngineNames } from "./engine-names.ts"
import { iso, isoOrNull, plain } from "./plain.ts"
import type { TailQuery } from "./sources.ts"

/** Nothing if a tenant or a type is asked for, and it has none of them. Throws Malformed. */
export function tailedFrame(names: EngineNames, query: TailQuery, stream: string, stored: Stored): TailedFrame[] {
  const reader = new FrameReader(stored.body)
  const { shard, epoch, n, watermarks, counts } = reader.head()
  const views = reader.views().flatMap((view) => tailedView(names, query, view))
  const emits = reader.emits().filter((emit) => isAsked(query, emit))
  if (isNarrow(query) && views.length + emits.length === 0) return []
  const letters = reader.letters()
  const frame: TailedFrame = {
    ...{ kind: "frame", stream, sequence: stored.sequence, arrivedAt: iso(stored.arrivedAt) },
    ...{ shard, epoch, n, watermarks: watermarks.map(isoOrNull), counts: { ...counts } },
    ...{ views, emits: emits.map(tailedEmit), facts: reader.facts().length },
    ...{ late: letters.late.length, dead: letters.dead.length },
  }
  return [frame]
}

const isNarrow = ({ tenant, type }: TailQuery) => tenant !== undefined || type !== undefined

function isAsked({ tenant, type }: TailQuery, emit: Emitted): boolean {
  return (tenant === undefined || emit.tenant === tenant) && (type === undefined || emit.type === type)
}

/** Rows are of many events: with a type asked for, only what was emitted is left. */
function tailedView(names: EngineNames, { tenant, type }: TailQuery, { view, rows }: ViewRows): TailedView[] {
  const mine = type === undefined ? rows.filter((row) => tenant === undefined || row.tenant === tenant) : []
  if (mine.length === 0) return []
  const { name, columns } = names.view(view)
  const fields = columns.map((column) => column.name)
  return [{ view: name, rows: mine.map((row) => tailedRow(fields, row)) }]
}

function tailedRow(fields: readonly string[], { tenant, key, window, closed, values }: ViewRow): TailedRow {
  const named = values?.map((value, i) => [fields[i] ?? `#${i}`, plain(value)] as const)
  return {
    ...{ tenant, key, closed },
    window: window === null ? null : [iso(window[0]), iso(window[1])],
    values: named === undefined ? null : Object.fromEntries(named),
  }
}

function tailedEmit({ tenant, type, id, time, data }: Emitted): TailedEmit {
  return { tenant, type, id, time: iso(time), data: plain(data) }
}
