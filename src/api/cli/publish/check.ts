/**
 * Owns: finding out before sending what a router would refuse later. Never: being the last word; the router is.
 *
 * A type that is not known here may be known to the engine (its module was not named), so it is sent, and said.
 */

import type { EventToPublish } from "../../../client/event.ts"
import type { Registry } from "../../../define/registry.ts"
import { issuesText } from "../../../define/validate.ts"
import { closest } from "../suggest.ts"
import type { Draft } from "./line.ts"

export type Checked =
  | { readonly kind: "known" | "unknown"; readonly event: EventToPublish }
  | { readonly kind: "refused"; readonly reason: string }

export function checkDraft(registry: Registry, draft: Draft): Checked {
  const definition = registry.events.get(draft.type)
  if (definition === undefined) return withKey(draft, undefined, "unknown")
  const reader = registry.reader(draft.type, draft.version)
  if (reader === undefined) {
    const versions = [...definition.versions.keys()].join(", ")
    return refuse(`${draft.type} has no version ${draft.version}; there is ${versions}`)
  }
  const read = reader.read(draft.data)
  if (read.tag === "invalid") return refuse(issuesText(read.issues))
  if (read.tag === "bad-text") return refuse(issuesText([read.issue]))
  if (read.tag === "bad-key") return refuse(`${read.field}: ${read.trouble}`)
  if (read.tag === "failed-up") return refuse(`version ${read.from} cannot be raised: ${read.reason}`)
  const key = read.data[reader.keyField]
  return typeof key === "string"
    ? withKey(draft, { field: reader.keyField, key }, "known")
    : refuse(`${reader.keyField} is not a string`)
}

/** The key only chooses the lane; another one than in the data would send the event to a lane that is not its own. */
function withKey(
  draft: Draft,
  inData: { readonly field: string; readonly key: string } | undefined,
  kind: "known" | "unknown",
): Checked {
  const key = draft.key ?? inData?.key
  if (key === undefined) return refuse(`${draft.type} is not known here, so its key must be given`)
  if (inData !== undefined && key !== inData.key) {
    return refuse(`the key is ${JSON.stringify(key)}, but ${inData.field} is ${JSON.stringify(inData.key)}`)
  }
  return { kind, event: { ...draft, key } }
}

export function unknownTypeNote(registry: Registry, type: string): string {
  const meant = closest(type, [...registry.events.keys()])
  const guess = meant === undefined ? "" : ` Did you mean ${meant}?`
  return `${type} is not an event known here, so its data is not checked; --actors names a module that has it.${guess}`
}

function refuse(reason: string): Checked {
  return { kind: "refused", reason }
}
