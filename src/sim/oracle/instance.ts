/**
 * Owns: what one instance of a declared actor shows, as one fold over all that ever reached it: totals, windows, tables,
 * closings, late letters. Never: order of arrival; nothing here depends on it.
 */

import type { Definition, Row } from "../../define/definition.ts"
import type { Version } from "../../define/join.ts"
import { keyParts, keyRecord } from "../../define/key.ts"
import { emptyPane } from "../../define/pane.ts"
import { columnsOf, rowOf } from "../../define/row.ts"
import type { Delivery } from "./deliveries.ts"
import { isClosed, isLate, joinSessions, type Span, spansAt } from "./windows.ts"

export interface OracleRow {
  /** Which of the definition's windows; null: totals. */
  readonly window: number | null
  readonly span: Span | null
  readonly closed: boolean
  readonly values: readonly unknown[]
}

export interface OracleLate {
  readonly delivery: Delivery
  /** Name and start of each window it missed. */
  readonly missed: readonly (readonly [string, number])[]
}

export interface Closing {
  readonly window: number
  readonly span: Span
  /** As functions and `closed` see it. */
  readonly row: Row
}

export interface Folded {
  readonly rows: readonly OracleRow[]
  readonly closings: readonly Closing[]
  readonly late: readonly OracleLate[]
}

interface InWindow {
  readonly window: number
  readonly span: Span
  readonly delivery: Delivery
}

/** `deliveries`: all of one instance. `watermark`: of its actor's stage, in its shard. */
export function foldDeclared(definition: Definition, deliveries: readonly Delivery[], watermark: number): Folded {
  const measured = deliveries.filter(({ plan }) => plan.measured)
  const inTime: InWindow[] = []
  const late: OracleLate[] = []
  for (const delivery of measured) {
    const touched = windowsOf(delivery)
    const missed = touched.filter((each) => isLateFor(definition, each))
    inTime.push(...touched.filter((each) => !missed.includes(each)))
    if (missed.length > 0)
      late.push({ delivery, missed: missed.map(({ window, span }) => [definition.windows[window]!.name, span.start]) })
  }
  const windows = panesOf(definition, inTime).map(({ window, span, of }) => {
    const pane = fill(definition, of)
    const joined = definition.joins.map((_, join) => versionAt(definition, deliveries, join, span.end))
    const closed = isClosed(span, definition, watermark)
    return { window, span, closed, values: columnsOf(definition, pane, joined), row: rowOf(definition, pane, joined) }
  })
  // Sliding windows show only once they have closed.
  const shown = windows.filter(
    ({ window, closed }) =>
      closed || definition.windows[window]!.inherited || definition.windows[window]!.window.kind !== "sliding",
  )
  return {
    rows: [...totals(definition, deliveries, measured), ...shown],
    closings: windows.filter(({ closed }) => closed),
    late,
  }
}

function totals(definition: Definition, deliveries: readonly Delivery[], measured: readonly Delivery[]): OracleRow[] {
  const joined = definition.joins.map((_, join) => versionAt(definition, deliveries, join, undefined))
  const values = columnsOf(definition, fill(definition, measured), joined)
  return [{ window: null, span: null, closed: false, values }]
}

function fill(definition: Definition, deliveries: readonly Delivery[]): unknown[] {
  const pane = emptyPane(definition)
  for (const { plan, inputs, event } of deliveries) plan.addTo(pane, inputs, event)
  return pane
}

/** All that it belongs to, late or not. */
export function windowsOf(delivery: Delivery): InWindow[] {
  const { definition, plan, inputs, event } = delivery
  if (plan.window >= 0) {
    const [start, end, window] = inputs[plan.window] as readonly [number, number, number]
    return [{ window, span: { start, end }, delivery }]
  }
  return definition.windows.flatMap(({ window }, at) =>
    spansAt(window, event.time).map((span) => ({ window: at, span, delivery })),
  )
}

export function isLateFor(definition: Definition, { window, span, delivery }: InWindow): boolean {
  const { inherited, window: kind } = definition.windows[window]!
  const { time, stamp } = delivery.event
  return inherited ? span.end + definition.graceMs <= stamp : isLate(kind, span, time, stamp, definition)
}

function panesOf(definition: Definition, inTime: readonly InWindow[]) {
  const panes: { window: number; span: Span; of: readonly Delivery[] }[] = []
  definition.windows.forEach(({ window: kind, inherited }, window) => {
    const mine = inTime.filter((each) => each.window === window)
    if (kind.kind === "session" && !inherited) {
      const alone = mine.map(({ span, delivery }) => ({ span, of: delivery }))
      for (const session of joinSessions(kind.maxMs, alone)) panes.push({ window, ...session })
      return
    }
    for (const [name, of] of groupBySpan(mine)) {
      const [start, end] = name.split(" ").map(Number) as [number, number]
      panes.push({ window, span: { start, end }, of })
    }
  })
  return panes
}

function groupBySpan(all: readonly InWindow[]): ReadonlyMap<string, readonly Delivery[]> {
  const groups = new Map<string, Delivery[]>()
  for (const { span, delivery } of all) {
    const name = `${span.start} ${span.end}`
    const known = groups.get(name)
    if (known === undefined) groups.set(name, [delivery])
    else known.push(delivery)
  }
  return groups
}

/** The newest version: for totals of all, for a window of those before its end that were not late for it. */
function versionAt(
  definition: Definition,
  deliveries: readonly Delivery[],
  join: number,
  end: number | undefined,
): Version | undefined {
  let newest: Version | undefined
  for (const { plan, inputs, event } of deliveries) {
    for (const update of plan.joins) {
      if (update.join !== join) continue
      if (end !== undefined && !(event.time < end && event.stamp < end + definition.graceMs)) continue
      const version = { order: event, stamp: event.stamp, fields: inputs[update.at] as Version["fields"] }
      if (newest === undefined || comesAfter(version.order, newest.order)) newest = version
    }
  }
  return newest
}

type Ordered = Pick<Delivery["event"], "time" | "lane" | "sequence" | "segment" | "index">

/** The one total order: event time, then the place in the log. */
export function comesAfter(a: Ordered, b: Ordered): boolean {
  for (const name of ["time", "lane", "sequence", "segment", "index"] as const) {
    if (a[name] !== b[name]) return a[name] > b[name]
  }
  return false
}

/** What `<actor>.closed` says of it. */
export function closedData(
  definition: Definition,
  key: string,
  { window, span, row }: Closing,
): Record<string, unknown> {
  const names = definition.key.names
  return {
    ...keyRecord(names, keyParts(key, names)),
    ...row,
    window: { start: new Date(span.start), end: new Date(span.end), name: definition.windows[window]!.name },
  }
}
