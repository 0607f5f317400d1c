/** Owns: one line of NDJSON to an event to publish, or what is wrong with it. Never: the event's schema. */

import type { EventToPublish } from "../../../client/event.ts"

/** The key may be left out: it then is the value of the type's key field. */
export type Draft = Omit<EventToPublish, "key"> & { readonly key?: string }

export type LineRead = { readonly ok: true; readonly draft: Draft } | { readonly ok: false; readonly reason: string }

const FIELDS = ["type", "key", "data", "id", "time", "version"]

export function readLine(text: string): LineRead {
  const parsed = parseJson(text)
  if (!parsed.ok) return parsed
  const { value } = parsed
  if (!isObject(value)) return refuse("expected an object")
  const unknown = Object.keys(value).find((name) => !FIELDS.includes(name))
  if (unknown !== undefined)
    return refuse(`there is no field ${JSON.stringify(unknown)}; there are ${FIELDS.join(", ")}`)
  const { type, key, data, id, time, version } = value
  if (typeof type !== "string") return refuse("type must be a string")
  if (!isObject(data)) return refuse("data must be an object")
  if (key !== undefined && typeof key !== "string") return refuse("key must be a string")
  if (id !== undefined && typeof id !== "string") return refuse("id must be a string")
  if (time !== undefined && typeof time !== "string" && typeof time !== "number")
    return refuse("time must be ISO 8601 or epoch milliseconds")
  if (version !== undefined && typeof version !== "number") return refuse("version must be a number")
  return { ok: true, draft: { type, data, id, time, version, ...(key === undefined ? {} : { key }) } }
}

export function parseJson(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return refuse(`not JSON: ${error.message}`)
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
