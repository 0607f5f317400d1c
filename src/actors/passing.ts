/**
 * Owns: what the watermark's passing does to an instance: inputs that waited are taken, timers fire, windows close,
 * an idle stretch is forgotten. Never: which instances are due (closing.ts).
 *
 * P1 an instance's steps come in event time; of one moment timers come first, then windows in their order, then what
 *    was idle; inputs of a moment come when the watermark is behind it. So the steps, and their emits, are the same
 *    however far the watermark jumps.
 */

import { loopLane } from "../streams/lanes.ts"
import type { Part } from "./cast.ts"
import type { Changes } from "./changes.ts"
import type { Changing } from "./changing.ts"
import type { Instance, OpenPane } from "./instance.ts"
import { placeInTime } from "./joined.ts"
import type { Reducing } from "./reducing.ts"
import type { Roll } from "./roll.ts"
import type { WindowClosing } from "./window-closing.ts"
import { nextEnd } from "./windows/sliding.ts"

export class Passing {
  readonly #loopLane: number
  readonly #changes: Changes
  readonly #roll: Roll
  readonly #reducing: Reducing
  readonly #changing: Changing
  readonly #closing: WindowClosing

  constructor(
    shard: number,
    changes: Changes,
    roll: Roll,
    reducing: Reducing,
    changing: Changing,
    closing: WindowClosing,
  ) {
    this.#loopLane = loopLane(shard)
    this.#changes = changes
    this.#roll = roll
    this.#reducing = reducing
    this.#changing = changing
    this.#closing = closing
  }

  /** Does the first thing of the instance that is due by then; false: nothing is. */
  one(part: Part, instance: Instance, by: number): boolean {
    const input = instance.waiting[0]
    if (input !== undefined && input.at < by) {
      instance.waiting.shift()
      if (part.definition.free === undefined) this.#changing.take(part, instance, input)
      else this.#reducing.take(part, instance, input)
      return true
    }
    const timer = instance.timers[0]
    if (timer !== undefined && timer.at <= by) {
      this.#reducing.fire(part, instance, timer, this.#loopLane)
      return true
    }
    return this.#closeOne(part, instance, by) || this.#forgetOne(part, instance, by)
  }

  /** Files it under what it has to do next, or lets go of it. */
  done(part: Part, instance: Instance): void {
    if (isEmpty(part, instance)) this.#roll.retire(instance)
    else this.#roll.file(part, instance, earliest(part, instance))
  }

  #closeOne(part: Part, instance: Instance, by: number): boolean {
    const { windows, graceMs } = part.definition
    for (let i = 0; i < windows.length; i++) {
      const { window, inherited } = windows[i]!
      const state = instance.windows[i]!
      if (window.kind === "sliding" && !inherited) {
        const end = nextEnd(window, state)
        if (end + graceMs > by) continue
        this.#closing.step(part, instance, i, window, end)
        return true
      }
      const pane = firstClosing(state.panes)
      if (pane === undefined || pane.end + graceMs > by) continue
      this.#closing.close(part, instance, i, pane)
      return true
    }
    return false
  }

  #forgetOne(part: Part, instance: Instance, by: number): boolean {
    const { keep, free, windows } = part.definition
    const [era, ...later] = instance.eras
    if (keep.idleMs === undefined || era === undefined || era.end + keep.idleMs > by) return false
    // Nothing has happened in it: a free form that was forgotten already, and waits for its first input.
    if (era.end === Number.NEGATIVE_INFINITY) return false
    if (free !== undefined) return this.#forgetState(part, instance, era)
    era.gone = true
    instance.eras = later
    const from = later[0]?.start ?? Number.POSITIVE_INFINITY
    instance.tables.forEach((versions, i) => {
      instance.tables[i] = versions.filter((version) => placeInTime(version) >= from)
    })
    if (windows.length === 0) for (const state of instance.passed) state.panes = []
    if (later.length === 0) this.#changes.delete(part.totalsView, instance, null, era.updatedAt)
    return true
  }

  /** Inputs that wait begin a new one. */
  #forgetState(part: Part, instance: Instance, era: OpenPane): boolean {
    instance.state = undefined
    instance.timers = []
    this.#changes.delete(part.totalsView, instance, null, era.updatedAt)
    era.gone = true
    const start = Number.NEGATIVE_INFINITY
    instance.eras = [{ ...era, start, end: start, updatedAt: start, changed: false, gone: false }]
    return true
  }
}

/** The time at which the watermark makes it do something next; +Infinity: never. */
export function earliest({ definition }: Part, instance: Instance): number {
  const { windows, graceMs, keep } = definition
  let least = Number.POSITIVE_INFINITY
  const [input] = instance.waiting
  if (input !== undefined) least = input.at + 1
  const [timer] = instance.timers
  if (timer !== undefined) least = Math.min(least, timer.at)
  for (let i = 0; i < windows.length; i++) {
    const { window, inherited } = windows[i]!
    const state = instance.windows[i]!
    const end = window.kind === "sliding" && !inherited ? nextEnd(window, state) : firstClosing(state.panes)?.end
    if (end !== undefined) least = Math.min(least, end + graceMs)
  }
  const [era] = instance.eras
  if (keep.idleMs !== undefined && era !== undefined && era.end > Number.NEGATIVE_INFINITY) {
    least = Math.min(least, era.end + keep.idleMs)
  }
  return least
}

/** Inherited windows of different lengths may lie in each other: the first to end is not always the first to begin. */
function firstClosing(panes: readonly OpenPane[]): OpenPane | undefined {
  let first = panes[0]
  for (const pane of panes) if (pane.end < first!.end) first = pane
  return first
}

function isEmpty({ definition, keepsTotals }: Part, instance: Instance): boolean {
  const { waiting, timers, eras, windows, tables, state } = instance
  if (waiting.length > 0 || timers.length > 0 || windows.some(({ panes }) => panes.length > 0)) return false
  if (definition.free !== undefined) return state === undefined && definition.keep.idleMs !== undefined
  if (keepsTotals) return eras.length === 0
  return tables.every(({ length }) => length === 0)
}
