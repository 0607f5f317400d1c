/**
 * Owns: an actor's key: its fields, how it is read from an event, and the entity id it makes.
 * Never: lanes and shards (hashing is the router's).
 *
 * K1 the entity id is one to one with the key's parts, whatever characters they hold.
 * K2 one event reaches an instance at most once, however often its function names the key.
 */

import { KEYS_PER_EVENT_MAX } from "../base/limits.ts"
import { UnfitInput } from "./measures/measure.ts"
import type { Common } from "./select.ts"
import { keyTrouble } from "./validate.ts"

export type KeyRecord = Readonly<Record<string, string>>

/** The fields that may be a key: strings in every event. */
export type KeyFields<U> = Common<U, string> | readonly [Common<U, string>, ...Common<U, string>[]]

export type KeyOf<K> = K extends string
  ? { readonly [P in K]: string }
  : K extends readonly (infer F extends string)[]
    ? { readonly [P in F]: string }
    : K extends (event: never) => infer R
      ? R extends readonly (infer I)[]
        ? I
        : R
      : never

/** One key: its parts in the order of the actor's key names, and the id they make. */
export interface Key {
  readonly id: string
  readonly parts: readonly string[]
}

export type KeyReader = (event: never) => readonly Key[]

/** One part as it is; several percent-encoded and joined with `/`. */
export function entityId(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : parts.map(encodeURIComponent).join("/")
}

export function keyParts(id: string, names: readonly string[]): readonly string[] {
  return names.length === 1 ? [id] : id.split("/").map(decodeURIComponent)
}

export function keyRecord(names: readonly string[], parts: readonly string[]): KeyRecord {
  return Object.fromEntries(names.map((name, i) => [name, parts[i]!]))
}

/** The usual case, one field: no list of names to go through. */
export function fieldKeyReader(field: string): KeyReader {
  return (event: Readonly<Record<string, unknown>>) => {
    const part = checked(field, event[field])
    return [{ id: part, parts: [part] }]
  }
}

export function fieldsKeyReader(fields: readonly string[]): KeyReader {
  return (event: Readonly<Record<string, unknown>>) => [keyFrom(fields, event)]
}

export function functionKeyReader(names: readonly string[], read: (event: never) => unknown): KeyReader {
  return (event) => {
    const answer: unknown = read(event)
    if (!Array.isArray(answer)) return [keyFrom(names, answer)]
    if (answer.length > KEYS_PER_EVENT_MAX) {
      const reason = `one event has ${answer.length} keys, which is more than ${KEYS_PER_EVENT_MAX}`
      throw new UnfitInput({ operation: "reading the key", reason })
    }
    const keys = new Map<string, Key>()
    for (const each of answer) {
      const key = keyFrom(names, each)
      keys.set(key.id, key)
    }
    return [...keys.values()]
  }
}

function keyFrom(names: readonly string[], from: unknown): Key {
  const record = typeof from === "object" && from !== null ? (from as Readonly<Record<string, unknown>>) : {}
  const parts = names.map((name) => checked(name, record[name]))
  return { id: entityId(parts), parts }
}

function checked(name: string, part: unknown): string {
  const trouble = keyTrouble(part)
  if (typeof part === "string" && trouble === undefined && part.isWellFormed()) return part
  throw new UnfitInput({ operation: `reading the key field ${name}`, reason: trouble ?? "the key is not text" })
}
