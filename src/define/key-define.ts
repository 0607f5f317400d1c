/** Owns: what the key of a definition is: its names and its reader. Never: reading it per event (key.ts). */

import type { KeyDefinition, Problem } from "./definition.ts"
import type { AnyEvent } from "./event.ts"
import { fieldKeyReader, fieldsKeyReader, functionKeyReader } from "./key.ts"
import { sampleOf } from "./sample.ts"
import type { Written } from "./written.ts"

export function keyOf({ key, keyNames }: Written, on: readonly AnyEvent[], problems: Problem[]): KeyDefinition {
  if (typeof key !== "function") return fieldsKey(typeof key === "string" ? [key] : [...(key ?? [])])
  const names = keyNames ?? namesFrom(key, on)
  if (names.length === 0) {
    const reason = "the function gave no key for an example event, so its fields are not known"
    problems.push({ field: "key", reason, right: 'name them: keyNames: ["region", "hashtag"]' })
  }
  return Object.freeze({ names, plain: false, read: functionKeyReader(names, key), function: key })
}

/** Also for joins, whose events have the fields under the same names. */
export function fieldsKey(names: readonly string[]): KeyDefinition {
  const read = names.length === 1 ? fieldKeyReader(names[0]!) : fieldsKeyReader(names)
  return Object.freeze({ names, plain: true, read, function: undefined })
}

/** Tries the function on an example of each event. One that cannot take examples needs `keyNames`. */
function namesFrom(key: (event: never) => unknown, on: readonly AnyEvent[]): readonly string[] {
  for (const event of on) {
    const names = namesFromOne(key, event)
    if (names.length > 0) return names
  }
  return []
}

function namesFromOne(key: (event: never) => unknown, event: AnyEvent): readonly string[] {
  try {
    const answer: unknown = key(sampleOf(event) as never)
    const first: unknown = Array.isArray(answer) ? answer[0] : answer
    return typeof first === "object" && first !== null ? Object.keys(first) : []
  } catch {
    // The example may be nothing like a real event: not the function's fault, and said as "gave no key".
    return []
  }
}
