/** Owns: that a definition is whole in one of the two forms, with functions where functions belong. */

import { explain } from "../../base/errors.ts"
import type { Definition, FreeDefinition, Problem } from "../definition.ts"

export function formProblems(definition: Definition): readonly Problem[] {
  const { free, onChange, onClose, emits } = definition
  const steps: Readonly<Record<string, unknown>> = { onChange, onClose, reduce: free?.reduce, onTimer: free?.onTimer }
  const functions = Object.entries(steps)
    .filter(([, step]) => step !== undefined && typeof step !== "function")
    .map(([field]) => ({ field, reason: "it is not a function", right: "write a pure function" }))
  const emitting = [onChange, onClose, free].some((each) => each !== undefined)
  const silent = { field: "emits", reason: "nothing emits", right: "add onChange or onClose, or leave it out" }
  return [
    ...functions,
    ...(emits.length > 0 && !emitting ? [silent] : []),
    ...(free === undefined ? declaredProblems(definition) : freeProblems(free, definition)),
  ]
}

function declaredProblems({ fields, problems }: Definition): readonly Problem[] {
  if (fields.some(({ origin }) => origin === "measure") || problems.some(({ field }) => field === "measures")) return []
  return [{ field: "measures", reason: "it measures nothing", right: "add at least `count: m.count()`" }]
}

/** What the free form cannot have: it would be ignored without a word. */
function freeProblems(
  free: FreeDefinition,
  { joins, windows, onChange, onClose, fields }: Definition,
): readonly Problem[] {
  const has = { join: joins.length > 0, windows: windows.length > 0, onChange: !!onChange, onClose: !!onClose }
  const extras = Object.entries(has)
    .filter(([, present]) => present)
    .map(([field]) => ({ field, reason: "the free form has none", right: "do it in reduce, or declare measures" }))
  const missing = free.reduce === undefined ? [{ field: "reduce", reason: "there is none", right: "write it" }] : []
  return [...extras, ...missing, ...stateProblems(free, fields)]
}

function stateProblems({ initial, encode }: FreeDefinition, fields: Definition["fields"]): readonly Problem[] {
  const right = "write state: Schema.Struct({ … })"
  if (fields.length === 0) return [{ field: "state", reason: "it has no fields to show", right }]
  try {
    encode(initial)
    return []
  } catch (error) {
    return [{ field: "initial", reason: `it is not of the state's schema: ${explain(error)}`, right: "make it one" }]
  }
}
