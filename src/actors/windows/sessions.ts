/**
 * Owns: an instance's open sessions: the one that an event belongs to, merging those it connects.
 * Never: sessions that have closed: no event that is in time can meet one (its time + grace > stamp ≥ watermark, and a
 * session is closed at end + grace).
 */

import type { Definition } from "../../define/definition.ts"
import { mergePane } from "../../define/pane.ts"
import { type Interval, intervalAt, type Session, sessionsMeet, spanning } from "../../define/windows.ts"
import type { OpenPane, WindowState } from "../instance.ts"
import { dropPane, openPane } from "./panes.ts"

/** `replaced`: what had been known under another start is known under that name no more. */
export type Replaced = (start: number, end: number, updatedAt: number) => void

export function sessionAt(
  state: WindowState,
  definition: Definition,
  window: Session,
  time: number,
  replaced: Replaced,
): OpenPane {
  const own = intervalAt(window, time)
  const met = state.panes.filter((pane) => sessionsMeet(window, pane, own))
  const [first, ...others] = met
  if (first === undefined) return insert(state, openPane(definition, own.start, own.end, own.end))
  const span = met.reduce<Interval>(spanning, own)
  for (const pane of met) if (pane.start !== span.start) replaced(pane.start, pane.end, pane.updatedAt)
  for (const other of others) {
    mergePane(definition, first.pane, other.pane)
    first.updatedAt = Math.max(first.updatedAt, other.updatedAt)
    first.said = [...new Set([...first.said, ...other.said])]
    dropPane(state, other)
  }
  first.start = span.start
  first.end = span.end
  return first
}

function insert(state: WindowState, pane: OpenPane): OpenPane {
  const after = state.panes.findLastIndex(({ start }) => start < pane.start)
  state.panes.splice(after + 1, 0, pane)
  return pane
}
