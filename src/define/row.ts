/**
 * Owns: what a pane shows: a row by name for functions and closed events, and the same in the order of the definition's
 * fields for sinks and API. Never: writing it anywhere.
 */

import type { Definition, JoinDefinition, Row } from "./definition.ts"
import { deriveFrom } from "./derive.ts"
import type { Version } from "./join.ts"
import type { Encoded } from "./measures/measure.ts"
import { type Pane, stateAt } from "./pane.ts"

/** For each join of the definition, its table's version for this pane. */
export type Joined = readonly (Version | undefined)[]

/** As functions see it: `onChange`, `onClose`, `<actor>.closed`. */
export function rowOf(definition: Definition, pane: Pane, joined: Joined): Row {
  const row: Record<string, unknown> = {}
  for (const measure of Object.values(definition.measures)) {
    row[measure.name] = measure.toValue(stateAt(definition, pane, measure.at))
  }
  addRest(definition, joined, row, row)
  return row
}

/** As sinks and API see it, in the order of the definition's fields: decimals as exact text. */
export function columnsOf(definition: Definition, pane: Pane, joined: Joined): readonly unknown[] {
  const values: Record<string, unknown> = {}
  const columns: Record<string, unknown> = {}
  for (const measure of Object.values(definition.measures)) {
    const state = stateAt(definition, pane, measure.at)
    const value = measure.toValue(state)
    values[measure.name] = value
    columns[measure.name] = measure.toColumn === measure.toValue ? value : measure.toColumn(state)
  }
  addRest(definition, joined, values, columns)
  return definition.fields.map(({ name }) => columns[name])
}

/** Of the free form: its state's fields. */
export function stateColumns({ fields }: Definition, state: Row): readonly unknown[] {
  return fields.map(({ name }) => state[name] ?? null)
}

function addRest({ derived, joins }: Definition, joined: Joined, values: Row, into: Record<string, unknown>): void {
  for (const spec of Object.values(derived)) {
    into[spec.name] = deriveFrom(
      spec,
      spec.uses.map((use) => values[use]),
    )
  }
  joins.forEach((join, i) => {
    into[join.name] = joinedFields(join, joined[i])
  })
}

function joinedFields({ fields }: JoinDefinition, version: Version | undefined): Row | null {
  if (version === undefined) return null
  return Object.fromEntries(fields.map((field, i): [string, Encoded | undefined] => [field, version.fields[i]]))
}
