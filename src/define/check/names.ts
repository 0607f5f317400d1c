/** Owns: names that are tables, columns, GraphQL types and subject parts at once. */

import { ACTOR_NAME_CHARS_MAX } from "../../base/limits.ts"
import type { Definition, Problem } from "../definition.ts"

const ACTOR = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/
/** Tables, queries and subjects of our own. */
const RESERVED = new Set(["events", "event", "node", "nodes", "query", "mutation", "subscription", "views", "millrace"])

export function nameProblems({ name, version }: Definition): readonly Problem[] {
  const problems: Problem[] = []
  const right = `use lower-case words joined with _, at most ${ACTOR_NAME_CHARS_MAX} characters`
  if (!ACTOR.test(name)) problems.push({ field: "name", reason: `${JSON.stringify(name)} is not a name`, right })
  else if (name.length > ACTOR_NAME_CHARS_MAX) problems.push({ field: "name", reason: "the name is too long", right })
  else if (RESERVED.has(name)) {
    problems.push({ field: "name", reason: `${name} is taken by Millrace itself`, right: "choose another" })
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    problems.push({ field: "version", reason: `${version} is not a version`, right: "versions are 1, 2, 3 and so on" })
  }
  return problems
}
