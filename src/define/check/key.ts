/** Owns: what an actor listens to, and that its key can be read from all of it. */

import { columnOf, dataAst, propertyOf } from "../column.ts"
import type { Definition, Problem } from "../definition.ts"
import type { AnyEvent } from "../event.ts"

export function keyProblems(definition: Definition): readonly Problem[] {
  const { on, key, problems: found } = definition
  if (on.length === 0 && !found.some(({ field }) => field.startsWith("on[")))
    return [{ field: "on", reason: "it listens to nothing", right: "name at least one event" }]
  const twice = on.find((event, i) => on.findIndex(({ type }) => type === event.type) !== i)
  const problems = twice === undefined ? [] : [{ field: "on", reason: `${twice.type} is there twice`, right: "once" }]
  if (!key.plain) return problems
  if (key.names.length === 0) return [...problems, { field: "key", reason: "there is none", right: "name a field" }]
  return [...problems, ...key.names.flatMap((name) => on.flatMap((event) => keyFieldProblems(name, event)))]
}

function keyFieldProblems(name: string, event: AnyEvent): readonly Problem[] {
  if (hasText(event, name)) return []
  const right = `fields of ${event.type} that can be are ${textFields(event).join(", ") || "none"}`
  return [{ field: "key", reason: `${event.type} has no required text field ${JSON.stringify(name)}`, right }]
}

export function hasText(event: AnyEvent, name: string): boolean {
  return textFields(event).includes(name)
}

function textFields(event: AnyEvent): readonly string[] {
  return fieldNames(event).filter((name) => {
    const ast = propertyOf(dataAst(event), name)
    return columnOf(ast) === "text" && ast?.context?.isOptional !== true
  })
}

export function fieldNames(event: AnyEvent): readonly string[] {
  const ast = dataAst(event)
  return "propertySignatures" in ast ? ast.propertySignatures.map(({ name }) => String(name)) : []
}
