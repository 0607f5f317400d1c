/** Owns: an instance's panes for one window: finding, making and dropping them in their order. Never: when they close. */

import type { Definition } from "../../define/definition.ts"
import { emptyPane } from "../../define/pane.ts"
import type { OpenPane, WindowState } from "../instance.ts"

export function emptyWindow(): WindowState {
  return { panes: [], stepped: Number.NEGATIVE_INFINITY, said: [] }
}

export function openPane(definition: Definition, start: number, end: number, from: number): OpenPane {
  return {
    start,
    end,
    from,
    pane: emptyPane(definition),
    updatedAt: Number.NEGATIVE_INFINITY,
    changed: false,
    gone: false,
    said: [],
  }
}

/** Most events belong to the newest pane, so the search begins there. */
export function paneAt(state: WindowState, definition: Definition, start: number, end: number, from: number): OpenPane {
  const { panes } = state
  let i = panes.length - 1
  for (; i >= 0; i--) {
    const pane = panes[i]!
    if (pane.start > start || (pane.start === start && pane.from > from)) continue
    if (pane.start === start && pane.from === from && pane.end === end) return pane
    break
  }
  const made = openPane(definition, start, end, from)
  panes.splice(i + 1, 0, made)
  return made
}

export function dropPane(state: WindowState, pane: OpenPane): void {
  pane.gone = true
  const at = state.panes.indexOf(pane)
  if (at >= 0) state.panes.splice(at, 1)
}
