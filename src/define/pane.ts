/**
 * Owns: one instance's state for one window (or all time): a state per slot. Never: which window, or when it closes.
 *
 * A pane is a plain array, so that adding is an index and a call. null is a state that has taken nothing: most slots of
 * most panes never get one.
 */

import type { Definition } from "./definition.ts"
import type { Slot } from "./kit.ts"
import { type Encoded, isList, unreadable } from "./measures/measure.ts"

/** By slot. Opaque to all but the slot's kind. */
export type Pane = unknown[]

export function emptyPane({ slots }: Definition): Pane {
  return slots.map(emptySlot)
}

/** Counts are plain numbers that plans add to in place. */
export function emptySlot({ type }: Slot): unknown {
  return type.kind === "count" ? 0 : null
}

/** Adds what `from` holds; `from` stays as it is. */
export function mergePane({ slots }: Definition, into: Pane, from: Pane): void {
  for (let i = 0; i < slots.length; i++) {
    const other = from[i]
    if (other === null) continue
    const { type } = slots[i]!
    into[i] = type.merge(into[i] ?? type.empty(), other)
  }
}

/** One part a slot; null where nothing was taken. The slots' order is the definition's. */
export function encodePane({ slots }: Definition, pane: Pane): readonly Encoded[] {
  return slots.map(({ type }, i) => (pane[i] === null ? null : type.encode(pane[i])))
}

export function decodePane({ slots }: Definition, encoded: Encoded): Pane {
  if (!isList(encoded) || encoded.length !== slots.length) throw unreadable("pane")
  return slots.map((slot, i) => (encoded[i] === null ? emptySlot(slot) : slot.type.decode(encoded[i]!)))
}

/** The state of a slot, for reading: the kind's empty one where nothing was taken. */
export function stateAt({ slots }: Definition, pane: Pane, at: number): unknown {
  return pane[at] ?? slots[at]!.type.empty()
}
