/**
 * Owns: one short text that changes when the form of an event's data changes: its fields, their types and checks.
 * Never: noticing code (a transformation, a way up, a custom check) or words (titles, descriptions): code that means
 * something else is a new version of the event.
 */

import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"

const HEX_CHARS = 16
/** Words for people, which may change freely. */
const WORDS = new Set(["title", "description", "examples", "$comment", "default"])
/** Arrays whose order means nothing. */
const SETS = new Set(["required", "enum"])
/** What stands in these are names, not keywords. */
const MAPS_OF_NAMES = new Set(["properties", "patternProperties", "$defs", "definitions"])

export function schemaFingerprint(codec: Schema.Codec<unknown, unknown, never, never>): string {
  return fingerprint(stripped(Schema.toJsonSchemaDocument(codec)))
}

/** The same for the same JSON value, however its names are ordered. */
export function fingerprint(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex")
    .slice(0, HEX_CHARS)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]))
}

function stripped(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(stripped)
  if (!isObject(schema)) return schema
  const kept = Object.entries(schema).filter(([name]) => !WORDS.has(name))
  return Object.fromEntries(kept.map(([name, part]) => [name, strippedPart(name, part)]))
}

function strippedPart(name: string, part: unknown): unknown {
  if (MAPS_OF_NAMES.has(name)) return strippedAll(part)
  return SETS.has(name) && Array.isArray(part) ? part.map((each) => JSON.stringify(each)).sort() : stripped(part)
}

function strippedAll(parts: unknown): unknown {
  if (!isObject(parts)) return stripped(parts)
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, stripped(part)]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
