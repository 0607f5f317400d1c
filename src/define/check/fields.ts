/** Owns: the names of a row's fields and its key: each one once, and none that a view has of its own. */

import { FIELD_NAME_CHARS_MAX, FIELDS_PER_ACTOR_MAX } from "../../base/limits.ts"
import { type Definition, type Problem, snakeCase } from "../definition.ts"

const FIELD = /^[a-z][A-Za-z0-9]*$/
/** As columns: what every table, document or GraphQL type has besides the fields. */
const RESERVED = new Set([
  "tenant_id",
  "entity_id",
  "window_start",
  "window_end",
  "window",
  "closed",
  "updated_at",
  "expires_at",
  "deleted",
  "id",
  "position",
  "as_of",
  "stale",
  "approximate",
])
const RIGHT = `use camelCase letters and digits, at most ${FIELD_NAME_CHARS_MAX}`

export function fieldProblems(definition: Definition): readonly Problem[] {
  const { fields, key } = definition
  const names = [...key.names.map((name) => ({ name, field: "key" })), ...fields.map(placed)]
  const many = fields.length > FIELDS_PER_ACTOR_MAX
  return [
    ...names.flatMap(({ name, field }) => oneName(name, field)),
    ...clashes(names),
    ...(many
      ? [{ field: "measures", reason: `there are ${fields.length}`, right: `at most ${FIELDS_PER_ACTOR_MAX}` }]
      : []),
  ]
}

const PLACES = { measure: "measures", derived: "derive", join: "join", state: "state" } as const

function placed({ name, origin }: Definition["fields"][number]): { readonly name: string; readonly field: string } {
  return { name, field: `${PLACES[origin]}.${name}` }
}

function oneName(name: string, field: string): readonly Problem[] {
  if (!FIELD.test(name) || name.length > FIELD_NAME_CHARS_MAX) {
    return [{ field, reason: `${JSON.stringify(name)} cannot be a column`, right: RIGHT }]
  }
  if (!RESERVED.has(snakeCase(name))) return []
  return [{ field, reason: `${name} is a column that every view has of its own`, right: "choose another name" }]
}

/** Two names may differ and still be one column: `p95Ms` and `p95ms` do not, `aB` and `a_b` would. */
function clashes(names: readonly { readonly name: string; readonly field: string }[]): readonly Problem[] {
  const seen = new Map<string, string>()
  return names.flatMap(({ name, field }) => {
    const column = snakeCase(name)
    const before = seen.get(column)
    seen.set(column, field)
    if (before === undefined) return []
    return [
      { field, reason: `${name} is the column ${column}, which ${before} is already`, right: "rename one of them" },
    ]
  })
}
