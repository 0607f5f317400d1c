/** Owns: the event that says that a window has closed: its type, its schema, whose it is. Never: when it is said. */

import * as Schema from "effect/Schema"
import { columnSchema } from "./column.ts"
import type { ClosedEvent, Definition } from "./definition.ts"
import { buildEvent } from "./event.ts"
import { entityId } from "./key.ts"

const WINDOW = Schema.Struct({ start: Schema.Date, end: Schema.Date, name: Schema.String })

export function closedEventOf(definition: Omit<Definition, "closed">): (closes: Definition) => ClosedEvent {
  const { name, version, key, fields } = definition
  return (closes) => {
    const properties: Record<string, Schema.Codec<unknown, unknown, never, never>> = { window: WINDOW }
    for (const each of key.names) properties[each] = Schema.String
    for (const { name, type, nullable } of fields) properties[name] = columnSchema(type, nullable)
    const data = Schema.Struct(properties)
    const keyOf = (row: Readonly<Record<string, string>>) => entityId(key.names.map((each) => row[each]!))
    const keyField = key.names[0] ?? ""
    const title = `${definition.title}: a window has closed`
    const event = buildEvent({ type: `${name}.closed`, keyField, version, data, keyOf, title, pinned: version })
    return Object.assign(event, { closes })
  }
}
