/** Owns: that a join's table has the fields, and can be routed to the actor's own key. */

import type { Definition, JoinDefinition, Problem } from "../definition.ts"
import { fieldNames, hasText } from "./key.ts"

export function joinProblems(definition: Definition): readonly Problem[] {
  return definition.joins.flatMap((join) => [
    ...tableFields(join),
    ...(join.by === undefined ? keyFields(definition, join) : []),
    ...oneWay(definition, join),
  ])
}

function tableFields({ name, event, fields }: JoinDefinition): readonly Problem[] {
  const known = fieldNames(event)
  const field = `join.${name}`
  const right = `its fields are ${known.join(", ")}`
  if (fields.length === 0) return [{ field, reason: "it joins no field", right }]
  return fields
    .filter((each) => !known.includes(each))
    .map((each) => ({ field, reason: `${event.type} has no field ${JSON.stringify(each)}`, right }))
}

/** A table event goes where the actor's instance is: its key must be in it. */
function keyFields({ key }: Definition, { name, event }: JoinDefinition): readonly Problem[] {
  const right = "say what they are: latest(Event, [fields], (e) => ({ key: e.field }))"
  return key.names
    .filter((each) => !hasText(event, each))
    .map((each) => ({ field: `join.${name}`, reason: `${event.type} has no key field ${JSON.stringify(each)}`, right }))
}

/** One event has one set of keys in one actor. */
function oneWay({ on, key, joins }: Definition, join: JoinDefinition): readonly Problem[] {
  const field = `join.${join.name}`
  const { type } = join.event
  if (on.includes(join.event) && (!key.plain || join.by !== undefined)) {
    const right = "listen to it, or join it; or use plain key fields for both"
    return [{ field, reason: `${type} is listened to under another key than it is joined under`, right }]
  }
  const other = joins.find((each) => each !== join && each.event === join.event)
  if (other === undefined || (other.by === undefined && join.by === undefined)) return []
  return [{ field, reason: `join.${other.name} joins ${type} as well`, right: "join it once, with all fields" }]
}
