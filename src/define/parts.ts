/** Owns: the measures, derived fields and joins of a definition in their plain form. Never: whether they fit. */

import {
  type DerivedDefinition,
  type Field,
  type JoinDefinition,
  type KeyDefinition,
  type MeasureDefinition,
  snakeCase,
} from "./definition.ts"
import type { DerivedSpec } from "./derive.ts"
import type { JoinSpec } from "./join.ts"
import { functionKeyReader } from "./key.ts"
import { fieldsKey } from "./key-define.ts"
import type { Measures, Slot } from "./kit.ts"

/** Each state once, however many measures read it. */
export function slotsOf(measures: Measures): readonly Slot[] {
  return [...new Set(Object.values(measures).map(({ spec }) => spec.slot))]
}

export function measuresOf(measures: Measures, slots: readonly Slot[]): Readonly<Record<string, MeasureDefinition>> {
  const each = Object.entries(measures).map(([name, { spec }]) => [
    name,
    Object.freeze({ ...spec, name, at: slots.indexOf(spec.slot) }),
  ])
  return Object.freeze(Object.fromEntries(each))
}

export function derivedOf(
  derive: Readonly<Record<string, { readonly spec: DerivedSpec }>>,
  measures: Measures,
): Readonly<Record<string, DerivedDefinition>> {
  const each = Object.entries(derive).map(([name, { spec }]) => {
    const whole = spec.uses.every((use) => measures[use]?.spec.type === "long") && spec.weights.every(Number.isInteger)
    return [name, Object.freeze({ ...spec, name, type: spec.kind === "weighted" && whole ? "long" : "double" })]
  })
  return Object.freeze(Object.fromEntries(each))
}

export function joinsOf(
  joins: readonly (readonly [string, { readonly spec: JoinSpec }])[],
  key: KeyDefinition,
): readonly JoinDefinition[] {
  return joins.map(([name, { spec }]) => {
    const read = spec.by === undefined ? fieldsKey(key.names).read : functionKeyReader(key.names, spec.by)
    return Object.freeze({ ...spec, name, read })
  })
}

export function fieldsOf(
  measures: Measures,
  derived: Readonly<Record<string, DerivedDefinition>>,
  joins: readonly JoinDefinition[],
): readonly Field[] {
  const measured = Object.entries(measures).map(([name, { spec }]) => fieldOf(name, spec, "measure"))
  const computed = Object.values(derived).map((spec) => {
    const approximate = spec.uses.some((use) => measures[use]?.spec.approximate)
    return fieldOf(spec.name, { ...spec, nullable: true, approximate }, "derived")
  })
  const joined = joins.map(({ name, event }) => {
    const description = `The newest ${event.type}`
    return fieldOf(name, { type: "json", nullable: true, approximate: false, unit: undefined, description }, "join")
  })
  return Object.freeze([...measured, ...computed, ...joined])
}

type Described = Pick<Field, "type" | "nullable" | "approximate" | "unit" | "description">

export function fieldOf(name: string, of: Described, origin: Field["origin"]): Field {
  const { type, nullable, approximate, unit, description } = of
  return Object.freeze({ name, column: snakeCase(name), type, nullable, approximate, unit, description, origin })
}
