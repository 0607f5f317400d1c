/**
 * Owns: the names of the headers of one published event, and reading them.
 * Never: what an event's data must look like, or what stands in for a header that is not there.
 */

export const HEADER = {
  id: "Millrace-Id",
  time: "Millrace-Time",
  schema: "Millrace-Schema",
  traceparent: "traceparent",
  contentType: "Content-Type",
  /** JetStream's own; only as `<tenant>/<id>`, because it compares them across tenants. */
  messageId: "Nats-Msg-Id",
} as const

export const MESSAGE_PACK = "application/msgpack"
export const JSON_TYPE = "application/json"

export type HeaderFields = Readonly<Record<string, string>>

export interface EventHeaders {
  readonly id: string | undefined
  /** Event time, epoch milliseconds. */
  readonly timeMs: number | undefined
  readonly schemaVersion: number | undefined
  readonly traceparent: string | undefined
  readonly encoding: "json" | "msgpack"
}

export type HeadersRead =
  | { readonly tag: "read"; readonly headers: EventHeaders }
  | { readonly tag: "bad"; readonly reason: string }

const ID_CHARS_MAX = 256
const TIME_MS_MAX = 8.64e15
const ISO = /^\d{4}-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/
const ENCODINGS: Readonly<Record<string, EventHeaders["encoding"]>> = {
  "": "json",
  [JSON_TYPE]: "json",
  "text/plain": "json",
  [MESSAGE_PACK]: "msgpack",
  "application/x-msgpack": "msgpack",
  "application/vnd.msgpack": "msgpack",
}

const NONE: HeadersRead = {
  tag: "read",
  headers: { id: undefined, timeMs: undefined, schemaVersion: undefined, traceparent: undefined, encoding: "json" },
}

/** Names are compared without case, as NATS clients of all languages spell them differently. */
export function readHeaders(fields: HeaderFields): HeadersRead {
  const found = new Map<string, string>()
  for (const name in fields) found.set(name.toLowerCase(), fields[name]!)
  if (found.size === 0) return NONE
  const at = (name: string) => found.get(name.toLowerCase())
  const reason = whyBadId(at(HEADER.id)) ?? whyBadTime(at(HEADER.time)) ?? whyBadSchema(at(HEADER.schema))
  if (reason !== undefined) return { tag: "bad", reason }
  const type = (at(HEADER.contentType) ?? "").split(";", 1)[0]!.trim().toLowerCase()
  const encoding = Object.hasOwn(ENCODINGS, type) ? ENCODINGS[type] : undefined
  if (encoding === undefined) {
    return { tag: "bad", reason: `${HEADER.contentType} ${shown(type)} is neither ${JSON_TYPE} nor ${MESSAGE_PACK}` }
  }
  const time = at(HEADER.time)
  const schema = at(HEADER.schema)
  return {
    tag: "read",
    headers: {
      id: at(HEADER.id),
      timeMs: time === undefined ? undefined : parseTime(time),
      schemaVersion: schema === undefined ? undefined : Number(schema),
      traceparent: at(HEADER.traceparent),
      encoding,
    },
  }
}

/** ISO 8601 with a time zone, or epoch milliseconds; nothing for anything else. */
export function parseTime(text: string): number | undefined {
  if (/^-?\d{1,16}$/.test(text)) return inRange(Number(text))
  const [, month, day] = ISO.exec(text) ?? []
  if (month === undefined || day === undefined || !isDay(text.slice(0, 4), month, day)) return undefined
  return inRange(Date.parse(text))
}

/** Why it cannot be an event's id, or nothing. Line breaks would end the header it may travel in. */
export function whyBadId(id: string | undefined): string | undefined {
  if (id === undefined) return undefined
  if (id === "" || id.length > ID_CHARS_MAX) return `the id must have 1 to ${ID_CHARS_MAX} characters`
  return /\p{Cc}|^ | $/u.test(id) || !id.isWellFormed()
    ? `the id ${shown(id)} has control characters, or spaces at its ends`
    : undefined
}

function whyBadTime(time: string | undefined): string | undefined {
  if (time === undefined || parseTime(time) !== undefined) return undefined
  return `${HEADER.time} ${shown(time)} is neither ISO 8601 with a time zone nor epoch milliseconds`
}

function whyBadSchema(schema: string | undefined): string | undefined {
  if (schema === undefined || /^[1-9]\d{0,8}$/.test(schema)) return undefined
  return `${HEADER.schema} ${shown(schema)} is not a version (1, 2, …)`
}

/** Date.parse lets the 30th of February pass as a day in March. */
function isDay(year: string, month: string, day: string): boolean {
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}

function inRange(timeMs: number): number | undefined {
  return Math.abs(timeMs) <= TIME_MS_MAX ? timeMs : undefined
}

function shown(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)
}
