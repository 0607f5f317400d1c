/**
 * Owns: carrying a pane of an older definition into a newer one. Never: within a generation, whose definitions are fixed.
 *
 * Without a `migrate` of its own, a measure keeps the state of its name if both are of one kind and take the same
 * inputs; what is new begins empty.
 */

import { isDeepStrictEqual } from "node:util"
import type { EncodedMeasures } from "./actor.ts"
import { type Description, describeSlot, type MeasureDescription } from "./actor-fingerprint.ts"
import type { Definition } from "./definition.ts"
import type { Encoded } from "./measures/measure.ts"
import { emptyPane, type Pane } from "./pane.ts"

/** `encoded`: as encodePane wrote it for the definition that `old` describes. */
export function migratePane(to: Definition, old: Description, encoded: readonly Encoded[]): Pane {
  const states = Object.fromEntries(old.measures.map(({ measure, at }) => [measure, encoded[at] ?? null]))
  const migrate = to.migrate as ((old: EncodedMeasures, version: number) => EncodedMeasures) | undefined
  return paneOf(to, migrate === undefined ? kept(to, old, states) : migrate(states, old.version))
}

/** The names of measures whose states a new definition would not keep by itself: what `actor check` warns of. */
export function lostMeasures(to: Definition, old: Description): readonly string[] {
  return old.measures.filter((measure) => !keeps(to, measure)).map(({ measure }) => measure)
}

function kept(to: Definition, old: Description, states: EncodedMeasures): EncodedMeasures {
  const same = old.measures.filter((measure) => keeps(to, measure))
  return Object.fromEntries(same.map(({ measure }) => [measure, states[measure] ?? null]))
}

function keeps(to: Definition, { measure, kind, params, of, where, selects }: MeasureDescription): boolean {
  const next = Object.hasOwn(to.measures, measure) ? to.measures[measure] : undefined
  return next !== undefined && isDeepStrictEqual({ ...describeSlot(next.slot) }, { kind, params, of, where, selects })
}

function paneOf(to: Definition, states: EncodedMeasures): Pane {
  const pane = emptyPane(to)
  for (const { name, at, slot } of Object.values(to.measures)) {
    const state = Object.hasOwn(states, name) ? states[name]! : null
    if (state !== null) pane[at] = slot.type.decode(state)
  }
  return pane
}
