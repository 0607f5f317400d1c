/** Owns: that measures read fields there are, of types they can take, and that derived fields have their measures. */

import { type ColumnType, columnOf, dataAst, propertyOf } from "../column.ts"
import type { Definition, MeasureDefinition, Problem } from "../definition.ts"
import type { AnyEvent } from "../event.ts"
import { fieldNames } from "./key.ts"

const NUMBERS: readonly ColumnType[] = ["double", "long", "decimal"]
/** What the fields named in each place of a kind's selection must be; kinds that are not here take anything. */
const TAKES: Readonly<Record<string, readonly (readonly ColumnType[])[]>> = {
  sum: [NUMBERS],
  mean: [NUMBERS],
  min: [NUMBERS],
  max: [NUMBERS],
  percentiles: [NUMBERS],
  distinct: [["text", ...NUMBERS]],
  top: [["text"], NUMBERS],
}

export function measureProblems(definition: Definition): readonly Problem[] {
  const { measures, derived } = definition
  return [
    ...Object.values(measures).flatMap((measure) => oneMeasure(definition, measure)),
    ...Object.values(derived).flatMap(({ name, uses }) => {
      const missing = uses.filter((use) => !Object.hasOwn(measures, use))
      const right = `there are ${Object.keys(measures).join(", ") || "none"}`
      return missing.map((use) => ({ field: `derive.${name}`, reason: `no measure ${JSON.stringify(use)}`, right }))
    }),
  ]
}

function oneMeasure({ on }: Definition, { name, slot }: MeasureDefinition): readonly Problem[] {
  const field = `measures.${name}`
  const strangers = (slot.of ?? []).filter((type) => !on.some((event) => event.type === type))
  const right = `name one of ${on.map(({ type }) => type).join(", ")}, or listen to it`
  const events = on.filter(({ type }) => slot.of === undefined || slot.of.includes(type))
  const takes = TAKES[slot.type.kind] ?? []
  return [
    ...slot.problems.map((reason) => ({ field, reason, right: "change it" })),
    ...strangers.map((type) => ({ field, reason: `it does not listen to ${type}`, right })),
    ...slot.selects.flatMap((select, i) =>
      select.kind === "field" ? events.flatMap((event) => selected(field, select.field, event, takes[i])) : [],
    ),
  ]
}

function selected(
  field: string,
  name: string,
  event: AnyEvent,
  takes: readonly ColumnType[] | undefined,
): readonly Problem[] {
  const ast = propertyOf(dataAst(event), name)
  if (ast === undefined) {
    const right = `its fields are ${fieldNames(event).join(", ")}; narrow with m.of(…), or pass a function`
    return [{ field, reason: `${event.type} has no field ${JSON.stringify(name)}`, right }]
  }
  if (takes === undefined || takes.includes(columnOf(ast))) return []
  const right = `it takes ${takes.includes("text") ? "text" : "numbers"}; pass a function that makes one of it`
  return [{ field, reason: `${event.type}.${name} is ${columnOf(ast)}`, right }]
}
