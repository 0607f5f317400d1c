/**
 * Owns: `onChange`: panes of the inputs the watermark has passed, in their order, and the function that is shown each
 * change. Never: the panes that views show: those have all inputs at once, in any order.
 */

import { rowOf } from "../define/row.ts"
import type { Sliding } from "../define/windows.ts"
import type { Part } from "./cast.ts"
import type { Hands, Moment, WindowHand } from "./hand.ts"
import type { Instance, OpenPane, Waiting, WindowState } from "./instance.ts"
import { joinedTotals, joinedWindow } from "./joined.ts"
import type { Letters } from "./letters.ts"
import { windowPane } from "./taking.ts"
import { paneAt } from "./windows/panes.ts"
import { mergedSlices, slicesFor } from "./windows/sliding.ts"

const ALWAYS = Number.POSITIVE_INFINITY

export class Changing {
  readonly #letters: Letters
  readonly #hands: Hands

  constructor(letters: Letters, hands: Hands) {
    this.#letters = letters
    this.#hands = hands
  }

  take(part: Part, instance: Instance, input: Waiting): void {
    const { windows } = part.definition
    const type = part.types[input.type]!
    if (windows.length === 0) {
      const state = instance.passed[0]!
      const pane = paneAt(state, part.definition, -ALWAYS, ALWAYS, ALWAYS)
      type.addTo(pane.pane, input.inputs, input.order)
      this.#show(part, instance, input, pane, "", undefined)
      return
    }
    const inherited = type.window >= 0 ? (input.inputs[type.window] as readonly number[]) : undefined
    for (let i = 0; i < windows.length; i++) {
      if (inherited !== undefined && inherited[2] !== i) continue
      const state = instance.passed[i]!
      const pane = windowPane(part, state, i, input.order.time, input.stamp, inherited)
      if (pane === undefined) continue
      type.addTo(pane.pane, input.inputs, input.order)
      const { window, name } = windows[i]!
      if (window.kind === "sliding" && inherited === undefined) this.#slide(part, instance, input, i, window, pane)
      else this.#show(part, instance, input, pane, name, undefined)
    }
  }

  /** Each window that the slice is in and that has not closed. */
  #slide(part: Part, instance: Instance, input: Waiting, i: number, window: Sliding, slice: OpenPane): void {
    const state = instance.passed[i]!
    const { name } = part.definition.windows[i]!
    for (let end = slice.from; end <= slice.start + window.sizeMs; end += window.byMs) {
      const pane = mergedSlices(part.definition, slicesFor(window, state, end))
      const whole = { ...slice, pane, start: end - window.sizeMs, end, said: saidIn(state, end) }
      this.#show(part, instance, input, whole, name, (said) => {
        state.said = [...state.said.filter(([of]) => of !== end), ...said.map((each) => [end, each] as const)]
      })
    }
  }

  #show(
    part: Part,
    instance: Instance,
    input: Waiting,
    pane: OpenPane,
    name: string,
    keep: ((said: readonly string[]) => void) | undefined,
  ): void {
    const { definition } = part
    const { at, order } = input
    const joined = name === "" ? this.#joinedAlways(instance, at) : joinedWindow(definition, instance, pane.end, at)
    const moment: Moment = { at, time: order.time, stamp: at - part.changeHoldBackMs, place: undefined }
    const hand: WindowHand = { name, start: pane.start, end: pane.end, said: pane.said }
    const ran = this.#hands.run(part, instance, moment, hand, (context) => {
      const row = rowOf(definition, pane.pane, joined)
      definition.onChange!(row as never, context as never)
    })
    if (ran.tag === "failed") this.#letters.dead(part, instance, input, order, ran)
    else if (keep === undefined) pane.said = ran.said
    else keep(ran.said)
  }

  #joinedAlways(instance: Instance, at: number) {
    const era = instance.eras.findLast(({ start }) => start <= at)
    return era === undefined ? [] : joinedTotals(instance, era, at)
  }
}

export function saidIn(state: WindowState, end: number): readonly string[] {
  return state.said.filter(([of]) => of === end).map(([, name]) => name)
}
