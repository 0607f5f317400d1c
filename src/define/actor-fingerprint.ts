/**
 * Owns: one short text a definition that changes when its results would: what generations are told apart by.
 * Never: words for people (titles, units), which may change freely.
 *
 * Functions count by their text, with runs of white space as one: formatting is free, renaming a variable is not.
 */

import type { Definition } from "./definition.ts"
import { fingerprint } from "./fingerprint.ts"
import type { Slot } from "./kit.ts"
import type { Encoded } from "./measures/measure.ts"
import type { Select } from "./select.ts"

/** What `actor check` compares, plain JSON; the fingerprint is a hash of it. A savepoint keeps it beside the states. */
export interface Description {
  readonly name: string
  readonly version: number
  readonly measures: readonly MeasureDescription[]
  readonly [part: string]: unknown
}

export interface MeasureDescription extends SlotDescription {
  readonly measure: string
  /** Where its state is in an encoded pane. */
  readonly at: number
  readonly reads: string | null
  readonly type: string
}

/** Two slots with equal descriptions can read each other's states. */
export interface SlotDescription {
  readonly kind: string
  readonly params: Encoded
  readonly of: readonly string[] | null
  readonly where: readonly (string | null)[]
  readonly selects: readonly unknown[]
}

export function definitionFingerprint(definition: Definition): string {
  return fingerprint(describeDefinition(definition))
}

/** Of all of them together, in any order. */
export function definitionsFingerprint(all: readonly Definition[]): string {
  return fingerprint(all.map(definitionFingerprint).sort())
}

export function describeDefinition(definition: Definition): Description {
  const { name, version, form, internal, on, key, windows, graceMs, joins, measures, derived, emits, keep } = definition
  return {
    name,
    version,
    form,
    internal,
    on: on.map((event) => [event.type, event.version]),
    key: { names: key.names, function: textOf(key.function) },
    windows: windows.map(({ window, inherited }) => ({ ...window, inherited })),
    graceMs,
    joins: joins.map(({ name: join, event, fields, by }) => ({ join, event: event.type, fields, by: textOf(by) })),
    measures: Object.values(measures).map(({ name: measure, at, slot, reads, type }) => ({
      measure,
      at,
      reads: reads ?? null,
      type,
      ...describeSlot(slot),
    })),
    derived: Object.values(derived).map(({ name: field, kind, uses, weights }) => ({ field, kind, uses, weights })),
    emits: emits.map(({ type, version: emitted }) => [type, emitted]),
    keep: { ...keep },
    ...describeSteps(definition),
  }
}

function describeSteps({ onChange, onClose, free, fields }: Definition): Readonly<Record<string, unknown>> {
  return {
    onChange: textOf(onChange),
    onClose: textOf(onClose),
    free: free && {
      state: fields.map(({ name, type, nullable }) => ({ name, type, nullable })),
      initial: free.encode(free.initial),
      reduce: textOf(free.reduce),
      onTimer: textOf(free.onTimer),
      unordered: free.unordered,
    },
  }
}

export function describeSlot({ type, of, where, selects }: Slot): SlotDescription {
  const { kind, params } = type
  return { kind, params, of: of ?? null, where: where.map(textOf), selects: selects.map(describeSelect) }
}

function describeSelect(select: Select): unknown {
  return select.kind === "field" ? { field: select.field } : { function: textOf(select.read) }
}

function textOf(step: unknown): string | null {
  return typeof step === "function" ? step.toString().replaceAll(/\s+/g, " ") : null
}
