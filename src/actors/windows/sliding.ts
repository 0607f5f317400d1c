/**
 * Owns: slices of a sliding window: which one an event is in, and which windows they still make.
 *
 * An event that comes late for the first windows it would be in counts only in those it is in time for. So a slice is
 * kept apart by the end of the first window it counts for (`from`): that of the slice itself, for events in time.
 */

import type { Definition } from "../../define/definition.ts"
import { emptyPane, mergePane, type Pane } from "../../define/pane.ts"
import type { Sliding } from "../../define/windows.ts"
import type { OpenPane, WindowState } from "../instance.ts"
import { dropPane } from "./panes.ts"

/** The end of the first window that holds the time and is not closed for what has this stamp. */
export function firstEnd({ byMs }: Sliding, time: number, stamp: number, graceMs: number): number {
  const first = Math.floor(time / byMs) * byMs + byMs
  if (first + graceMs > stamp) return first
  return Math.floor((stamp - graceMs) / byMs) * byMs + byMs
}

/** The end of the next window to close; +Infinity: there are no slices. */
export function nextEnd({ byMs }: Sliding, { panes, stepped }: WindowState): number {
  let least = Number.POSITIVE_INFINITY
  for (const { from } of panes) if (from < least) least = from
  return Math.max(least, stepped + byMs)
}

/** The slices of the window that ends there. */
export function slicesFor({ sizeMs }: Sliding, { panes }: WindowState, end: number): readonly OpenPane[] {
  return panes.filter(({ start, from }) => start >= end - sizeMs && start < end && from <= end)
}

export function mergedSlices(definition: Definition, slices: readonly OpenPane[]): Pane {
  const [only, second] = slices
  if (only !== undefined && second === undefined) return only.pane
  const merged = emptyPane(definition)
  for (const { pane } of slices) mergePane(definition, merged, pane)
  return merged
}

/** The window that ends there is closed; slices that no later one holds are dropped. */
export function stepTo({ sizeMs }: Sliding, state: WindowState, end: number): void {
  state.stepped = end
  state.said = state.said.filter(([of]) => of > end)
  for (const pane of state.panes.filter(({ start }) => start + sizeMs <= end)) dropPane(state, pane)
}
