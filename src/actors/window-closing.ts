/**
 * Owns: closing one window of one instance: its last row, its `closed` event, `onClose`. Never: when.
 *
 * W3 a closed row never changes again: the window is late for whatever comes then.
 * W4 a `closed` has the time end − 1 ms and a stamp of its own moment less what the actor holds back: end − 1 ms, so it
 *    is late nowhere. Its moment is end + grace.
 */

import { explain, stackAbove } from "../base/errors.ts"
import { roughBytes } from "../base/rough-bytes.ts"
import { keyParts, keyRecord } from "../define/key.ts"
import type { Pane } from "../define/pane.ts"
import { columnsOf, type Joined, rowOf } from "../define/row.ts"
import type { Sliding } from "../define/windows.ts"
import { loopLane } from "../streams/lanes.ts"
import type { Part } from "./cast.ts"
import type { Changes } from "./changes.ts"
import { saidIn } from "./changing.ts"
import { emitId, type Hands } from "./hand.ts"
import type { Instance, OpenPane } from "./instance.ts"
import { joinedWindow, updatedAtOf } from "./joined.ts"
import type { Letters } from "./letters.ts"
import type { Tally } from "./tally.ts"
import { dropPane } from "./windows/panes.ts"
import { mergedSlices, slicesFor, stepTo } from "./windows/sliding.ts"

interface Closed {
  readonly i: number
  readonly start: number
  readonly end: number
  readonly pane: Pane
  readonly joined: Joined
  readonly updatedAt: number
  readonly said: readonly string[]
}

export class WindowClosing {
  readonly #loopLane: number
  readonly #changes: Changes
  readonly #tally: Tally
  readonly #letters: Letters
  readonly #hands: Hands

  constructor(shard: number, changes: Changes, tally: Tally, letters: Letters, hands: Hands) {
    this.#loopLane = loopLane(shard)
    this.#changes = changes
    this.#tally = tally
    this.#letters = letters
    this.#hands = hands
  }

  close(part: Part, instance: Instance, i: number, open: OpenPane): void {
    const { start, end, pane } = open
    const joined = joinedWindow(part.definition, instance, end)
    const passed = instance.passed[i]
    const twin = passed?.panes.find((each) => each.start === start && each.end === end)
    const said = twin?.said ?? []
    dropPane(instance.windows[i]!, open)
    if (passed !== undefined && twin !== undefined) dropPane(passed, twin)
    this.#closed(part, instance, { i, start, end, pane, joined, updatedAt: updatedAtOf(open, joined), said })
  }

  /** A sliding window is put together when its step closes: its only row. */
  step(part: Part, instance: Instance, i: number, window: Sliding, end: number): void {
    const state = instance.windows[i]!
    const passed = instance.passed[i]
    const slices = slicesFor(window, state, end)
    const said = passed === undefined ? [] : saidIn(passed, end)
    const start = end - window.sizeMs
    const joined = joinedWindow(part.definition, instance, end)
    const updatedAt = slices.reduce((newest, slice) => Math.max(newest, updatedAtOf(slice, joined)), -Infinity)
    try {
      const pane = mergedSlices(part.definition, slices)
      this.#closed(part, instance, { i, start, end, pane, joined, updatedAt, said })
    } catch (error) {
      // A merge that a user wrote: the window has no row, and says why.
      this.#failed(part, instance, i, start, end, error)
    }
    stepTo(window, state, end)
    if (passed !== undefined) stepTo(window, passed, end)
  }

  #closed(part: Part, instance: Instance, closed: Closed): void {
    const { i, start, end, pane, joined, updatedAt } = closed
    const { definition } = part
    this.#tally.closed++
    if (part.windowViews[i]! >= 0) {
      const { tenant, key } = instance
      const values = columnsOf(definition, pane, joined)
      this.#changes.final(part.windowViews[i]!, { tenant, key, window: [start, end], closed: true, values, updatedAt })
    }
    if (part.closed !== undefined) this.#announce(part, instance, closed)
    if (definition.onClose !== undefined) this.#onClose(part, instance, closed)
  }

  #announce(part: Part, instance: Instance, { i, start, end, pane, joined }: Closed): void {
    const { definition } = part
    const { tenant, key } = instance
    try {
      const { names } = definition.key
      const window = { start: new Date(start), end: new Date(end), name: definition.windows[i]!.name }
      const row = { ...rowOf(definition, pane, joined), ...keyRecord(names, keyParts(key, names)), window }
      const { type, version, data } = part.closed!(row as never)
      const stamp = end + definition.graceMs - part.holdBackMs
      const id = this.#idOf(part, instance, i, start)
      this.#changes.emit({ tenant, type, version, id, time: end - 1, stamp, stage: part.stage, data }, roughBytes(data))
      this.#tally.emitted++
    } catch (error) {
      this.#failed(part, instance, i, start, end, error)
    }
  }

  #onClose(part: Part, instance: Instance, { i, start, end, pane, joined, said }: Closed): void {
    const { definition } = part
    const at = end + definition.graceMs
    const moment = { at, time: end - 1, stamp: at - part.holdBackMs, place: undefined }
    const hand = { name: definition.windows[i]!.name, start, end, said }
    const ran = this.#hands.run(part, instance, moment, hand, (context) => {
      definition.onClose!(rowOf(definition, pane, joined) as never, context as never)
    })
    if (ran.tag === "failed") this.#letter(part, instance, i, start, end, ran)
  }

  #failed(part: Part, instance: Instance, i: number, start: number, end: number, error: unknown): void {
    this.#letter(part, instance, i, start, end, {
      detail: explain(error),
      stack: stackAbove(error, WindowClosing.name),
    })
  }

  #letter(
    part: Part,
    instance: Instance,
    i: number,
    start: number,
    end: number,
    { detail, stack }: { readonly detail: string; readonly stack: string | null },
  ): void {
    const { name, windows } = part.definition
    this.#letters.closing(this.#loopLane, instance, {
      detail,
      stack,
      time: end - 1,
      type: `${name}.closed`,
      id: this.#idOf(part, instance, i, start),
      data: {
        window: windows[i]!.name,
        start,
        end,
      },
    })
  }

  #idOf({ definition }: Part, { tenant, key }: Instance, i: number, start: number): string {
    return emitId(`${definition.name}\0${tenant}\0${key}\0${definition.windows[i]!.name}\0${start}\0closed`)
  }
}
