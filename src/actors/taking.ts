/**
 * Owns: what one record does to its instance: totals, panes, tables, inputs that wait. Never: closing anything.
 *
 * T1 whether a record is late for a window is decided by the stamp of its own lane; what it was late for is in the
 *    ledger, and totals have it all the same.
 * T2 a record that fails is a dead letter, and the instance is as it was before.
 */

import { explain, stackAbove } from "../base/errors.ts"
import type { WindowDefinition } from "../define/definition.ts"
import { forgetBelow, type Version, withVersion } from "../define/join.ts"
import type { Encoded } from "../define/measures/measure.ts"
import { compareOrder, type Order } from "../define/order.ts"
import { emptyPane, type Pane } from "../define/pane.ts"
import type { TypePlan } from "../define/plan.ts"
import { intervalAt } from "../define/windows.ts"
import type { RoutedRecord } from "../streams/section.ts"
import type { Part } from "./cast.ts"
import type { Changes } from "./changes.ts"
import { eraAt } from "./eras.ts"
import type { Instance, OpenPane, Waiting, WindowState } from "./instance.ts"
import type { Letters } from "./letters.ts"
import type { Reducing } from "./reducing.ts"
import type { Roll } from "./roll.ts"
import type { Tally } from "./tally.ts"
import { paneAt } from "./windows/panes.ts"
import { type Replaced, sessionAt } from "./windows/sessions.ts"
import { firstEnd, nextEnd } from "./windows/sliding.ts"

/** Where a record came from. */
export interface From {
  readonly stamp: number
  readonly arrivedAt: number
}

type Missed = (readonly [string, number])[]

const REPLACED_UNSEEN: Replaced = () => {}

export class Taking {
  readonly #changes: Changes
  readonly #tally: Tally
  readonly #letters: Letters
  readonly #roll: Roll
  readonly #reducing: Reducing

  constructor(changes: Changes, tally: Tally, letters: Letters, roll: Roll, reducing: Reducing) {
    this.#changes = changes
    this.#tally = tally
    this.#letters = letters
    this.#roll = roll
    this.#reducing = reducing
  }

  /** `order` is used again for the next record. */
  record(
    part: Part,
    instance: Instance,
    record: RoutedRecord,
    from: From,
    order: Readonly<Order>,
    closedUpTo: number,
  ): void {
    const type = part.types[record.type]!
    if (part.definition.free !== undefined) {
      this.#free(part, instance, record, from, order)
      return
    }
    if (type.attempt !== undefined && !this.#attempted(part, instance, type, record, order)) return
    for (const { join, at } of type.joins)
      this.#update(part, instance, join, record.inputs[at], from, order, closedUpTo)
    const missed = type.measured ? this.#measure(part, instance, type, record, from, order) : undefined
    if (missed === undefined) this.#tally.applied++
    else {
      this.#tally.late++
      this.#letters.late(instance, record, from, order, missed)
    }
  }

  #measure(
    part: Part,
    instance: Instance,
    type: TypePlan,
    record: RoutedRecord,
    from: From,
    order: Readonly<Order>,
  ): Missed | undefined {
    const { inputs } = record
    const { arrivedAt } = from
    if (part.keepsTotals) {
      const era = this.#era(part, instance, record.time, from)
      type.addTo(era.pane, inputs, order)
      if (arrivedAt > era.updatedAt) era.updatedAt = arrivedAt
      if (!era.changed) this.#markTotals(part, instance, era)
    }
    if (part.ordered) this.#wait(part, instance, record, from, order)
    let missed: Missed | undefined
    const { windows } = part.definition
    const inherited = type.window >= 0 ? (inputs[type.window] as readonly number[]) : undefined
    for (let i = 0; i < windows.length; i++) {
      if (inherited !== undefined && inherited[2] !== i) continue
      const pane = this.#paneFor(part, instance, i, record.time, from.stamp, inherited)
      if (pane === undefined) {
        missed ??= []
        addMissed(missed, windows[i]!, record.time, from.stamp, part.definition.graceMs, inherited)
        continue
      }
      type.addTo(pane.pane, inputs, order)
      if (arrivedAt > pane.updatedAt) pane.updatedAt = arrivedAt
      if (windows[i]!.window.kind !== "sliding" || inherited !== undefined) {
        if (!pane.changed) this.#changes.mark(part.windowViews[i]!, instance, pane)
      } else if (pane.from > pane.end) {
        missed ??= []
        addMissed(missed, windows[i]!, record.time, from.stamp, part.definition.graceMs, undefined)
      }
    }
    return missed
  }

  #era(part: Part, instance: Instance, time: number, { stamp }: From): OpenPane {
    const { idleMs } = part.definition.keep
    if (idleMs === undefined) return instance.eras[0]!
    const at = Math.max(time, stamp)
    const era = eraAt(instance, part.definition, idleMs, at)
    this.#roll.file(part, instance, era.end + idleMs)
    return era
  }

  #markTotals(part: Part, instance: Instance, era: OpenPane): void {
    if (instance.eras.length === 1 || instance.eras.at(-1) === era) {
      this.#changes.mark(part.totalsView, instance, era)
    }
  }

  /** Undefined: it is late for the window (for all of them, where windows overlap). */
  #paneFor(
    part: Part,
    instance: Instance,
    i: number,
    time: number,
    stamp: number,
    inherited: readonly number[] | undefined,
  ): OpenPane | undefined {
    const state = instance.windows[i]!
    const before = state.panes.length
    const replaced =
      part.definition.windows[i]!.window.kind === "session" ? this.#replacing(part, instance, i) : REPLACED_UNSEEN
    const pane = windowPane(part, state, i, time, stamp, inherited, replaced)
    if (pane !== undefined && state.panes.length > before) this.#file(part, instance, i, pane)
    return pane
  }

  #replacing(part: Part, instance: Instance, i: number): Replaced {
    return (start, end, updatedAt) => {
      this.#changes.delete(part.windowViews[i]!, instance, [start, end], updatedAt)
    }
  }

  #file(part: Part, instance: Instance, i: number, pane: OpenPane): void {
    const { window, inherited } = part.definition.windows[i]!
    const sliding = window.kind === "sliding" && !inherited
    const end = sliding ? nextEnd(window, instance.windows[i]!) : pane.end
    this.#roll.file(part, instance, end + part.definition.graceMs)
  }

  /** J: the table's new version shows in totals and in windows that are open and end after it. */
  #update(
    part: Part,
    instance: Instance,
    join: number,
    fields: unknown,
    from: From,
    order: Readonly<Order>,
    closedUpTo: number,
  ): void {
    const { graceMs } = part.definition
    const version: Version = {
      order: { ...order },
      stamp: from.stamp,
      fields: [...(fields as readonly Encoded[]), from.arrivedAt],
    }
    const versions = withVersion(instance.tables[join]!, version)
    instance.tables[join] = [...forgetBelow(versions, closedUpTo - graceMs, graceMs)]
    if (part.keepsTotals) this.#markTotals(part, instance, this.#era(part, instance, order.time, from))
    instance.windows.forEach(({ panes }, i) => {
      const { window, inherited } = part.definition.windows[i]!
      if (window.kind === "sliding" && !inherited) return
      for (const pane of panes) this.#changes.mark(part.windowViews[i]!, instance, pane)
    })
  }

  #wait(part: Part, instance: Instance, record: RoutedRecord, from: From, order: Readonly<Order>): void {
    const { type, inputs } = record
    const at = Math.max(record.time, from.stamp)
    const waiting: Waiting = { at, order: { ...order }, stamp: from.stamp, arrivedAt: from.arrivedAt, type, inputs }
    const list = instance.waiting
    let i = list.length
    while (i > 0 && comesAfter(list[i - 1]!, waiting)) i--
    list.splice(i, 0, waiting)
    this.#roll.file(part, instance, at + 1)
  }

  #free(part: Part, instance: Instance, record: RoutedRecord, from: From, order: Readonly<Order>): void {
    if (part.ordered) {
      this.#wait(part, instance, record, from, order)
      return
    }
    const { type, inputs } = record
    const at = Math.max(record.time, from.stamp)
    this.#reducing.take(part, instance, {
      at,
      order: { ...order },
      stamp: from.stamp,
      arrivedAt: from.arrivedAt,
      type,
      inputs,
    })
  }

  /** Measures that users wrote may throw: tried on every pane this may reach, and on what merging those gives. */
  #attempted(part: Part, instance: Instance, type: TypePlan, record: RoutedRecord, order: Readonly<Order>): boolean {
    try {
      this.#attempt(part, instance, type, record, order)
      return true
    } catch (error) {
      const failed = { detail: explain(error), stack: stackAbove(error, Taking.name) }
      this.#letters.dead(part, instance, record, order, failed)
      this.#tally.dead++
      return false
    }
  }

  #attempt(part: Part, instance: Instance, type: TypePlan, record: RoutedRecord, order: Readonly<Order>): void {
    const fresh = emptyPane(part.definition)
    const states = [...instance.eras, ...instance.windows.flatMap(({ panes }) => panes)].map(({ pane }) => pane)
    for (const pane of [fresh, ...states]) this.#tryOn(part, type, pane, record, order)
    for (const { panes } of instance.windows) {
      for (const at of part.custom) tryMerge(part, at, panes)
    }
  }

  #tryOn(part: Part, type: TypePlan, pane: Pane, record: RoutedRecord, order: Readonly<Order>): void {
    for (const [at, state] of type.attempt!(pane, record.inputs, { ...order })) {
      for (const measure of part.readers[at]!) measure.toColumn(state)
    }
  }
}

function tryMerge({ definition }: Part, at: number, panes: readonly OpenPane[]): void {
  const { type } = definition.slots[at]!
  panes.reduce((merged, { pane }) => (pane[at] === null ? merged : type.merge(merged, pane[at])), type.empty())
}

/** The pane of one window that takes a record of that time and stamp. */
export function windowPane(
  { definition }: Part,
  state: WindowState,
  i: number,
  time: number,
  stamp: number,
  inherited: readonly number[] | undefined,
  replaced: Replaced = REPLACED_UNSEEN,
): OpenPane | undefined {
  const { graceMs } = definition
  if (inherited !== undefined) {
    const [start, end] = inherited
    return end! + graceMs <= stamp ? undefined : paneAt(state, definition, start!, end!, end!)
  }
  const { window } = definition.windows[i]!
  switch (window.kind) {
    case "tumbling": {
      const start = Math.floor(time / window.sizeMs) * window.sizeMs
      const end = start + window.sizeMs
      return end + graceMs <= stamp ? undefined : paneAt(state, definition, start, end, end)
    }
    case "sliding": {
      const start = Math.floor(time / window.byMs) * window.byMs
      const first = firstEnd(window, time, stamp, graceMs)
      return first > start + window.sizeMs ? undefined : paneAt(state, definition, start, start + window.byMs, first)
    }
    case "session":
      return time + graceMs <= stamp ? undefined : sessionAt(state, definition, window, time, replaced)
  }
}

/** All windows of that kind that the time is in and that had closed by the stamp. */
function addMissed(
  missed: Missed,
  { window, name, inherited: inherits }: WindowDefinition,
  time: number,
  stamp: number,
  graceMs: number,
  inherited: readonly number[] | undefined,
): void {
  if (inherited !== undefined || inherits) {
    missed.push([name, inherited?.[0] ?? time])
    return
  }
  const { start, end } = intervalAt(window, time)
  if (window.kind !== "sliding") {
    missed.push([name, start])
    return
  }
  const last = Math.min(firstEnd(window, time, stamp, graceMs) - window.byMs, start + window.sizeMs)
  for (let each = end; each <= last; each += window.byMs) missed.push([name, each - window.sizeMs])
}

function comesAfter(a: Waiting, b: Waiting): boolean {
  return (a.at - b.at || compareOrder(a.order, b.order)) > 0
}
