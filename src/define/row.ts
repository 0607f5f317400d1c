/**
 * Owns: what a pane shows: a row by name for functions and closed events, and the same in the order of the definition's
 * fields for sinks and API. Never: writing it anywhere.
 */

import type { Definition, DerivedDefinition, JoinDefinition, MeasureDefinition, Row } from "./definition.ts"
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
  const { measures, derived } = columnPlan(definition)
  const columns: unknown[] = []
  for (let i = 0; i < measures.length; i++) columns.push(columnAt(measures[i]!, pane))
  for (let i = 0; i < derived.length; i++) {
    const { spec, uses } = derived[i]!
    columns.push(
      deriveFrom(
        spec,
        uses.map((use) => valueAt(use, pane, columns)),
      ),
    )
  }
  const { joins } = definition
  for (let i = 0; i < joins.length; i++) columns.push(joinedFields(joins[i]!, joined[i]))
  return columns
}

/** Of a measure, and what it shows of a state that has taken nothing. */
interface Column {
  readonly number: number
  readonly at: number
  readonly measure: MeasureDefinition
  readonly exact: boolean
  readonly emptyColumn: unknown
  readonly emptyValue: unknown
}

interface ColumnPlan {
  readonly measures: readonly Column[]
  readonly derived: readonly { readonly spec: DerivedDefinition; readonly uses: readonly Column[] }[]
}

/** Rows are made by the hundred thousand a second: what does not depend on the pane is looked up once. */
const columnPlans = new WeakMap<Definition, ColumnPlan>()

function columnPlan(definition: Definition): ColumnPlan {
  const known = columnPlans.get(definition)
  if (known !== undefined) return known
  const measures = Object.values(definition.measures).map((measure, number): Column => {
    const empty: unknown = definition.slots[measure.at]!.type.empty()
    const { at, toValue, toColumn } = measure
    const exact = toColumn !== toValue
    return { number, at, measure, exact, emptyColumn: toColumn(empty), emptyValue: toValue(empty) }
  })
  const derived = Object.values(definition.derived).map((spec) => ({
    spec,
    uses: spec.uses.map((use) => measures.find(({ measure }) => measure.name === use)!),
  }))
  const made = { measures, derived }
  columnPlans.set(definition, made)
  return made
}

function columnAt({ at, measure, emptyColumn }: Column, pane: Pane): unknown {
  const state = pane[at]
  return state === null ? emptyColumn : measure.toColumn(state)
}

function valueAt({ number, at, measure, exact, emptyValue }: Column, pane: Pane, columns: readonly unknown[]): unknown {
  if (!exact) return columns[number]
  const state = pane[at]
  return state === null ? emptyValue : measure.toValue(state)
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
