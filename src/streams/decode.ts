/**
 * Owns: what a stored message of the log says: its events, and for whatever is none, why.
 * Never: dropping repeats, keys of actors, watermarks (route/), or letters (they are made of rejections, in a frame).
 *
 * D1 any message gives events and rejections, never a throw.
 * D2 each event of a message has exactly one outcome; a message that cannot be taken apart is one rejection.
 * D3 the same message and registry give the same outcomes, ids and times, on every replay.
 */

import { isUtf8 } from "node:buffer"
import type { Registry } from "../define/registry.ts"
import { type EventHeaders, readHeaders } from "../wire/headers.ts"
import { parseStored, whyBadName } from "../wire/subject.ts"
import { unpack } from "../wire/unpack.ts"
import { decodeBatchMessage } from "./decode.batch.ts"
import {
  type Decoded,
  type DecodedEvent,
  type DecodeLimits,
  type Known,
  NOT_KNOWN,
  readReason,
  rejectionOf,
  unknownReader,
  whyBadTime,
} from "./decode.outcome.ts"
import type { Reason } from "./decode.reasons.ts"
import type { Stored } from "./log.ts"

const NOTHING: Decoded = { events: [], rejected: [] }

export function decodeMessage(registry: Registry, limits: DecodeLimits, stored: Stored): Decoded {
  const at = parseStored(stored.subject)
  if (at === undefined || at.tag === "stray") return strayed(limits, stored)
  if (at.tag === "tick") return NOTHING
  const why = whyBadName("tenant", at.tenant)
  if (why !== undefined) return rejectedWhole(limits, stored, { tag: "bad-tenant", why })
  if (at.tag === "batch") return decodeBatchMessage(registry, limits, stored, at.tenant)
  return decodeSingle(registry, limits, stored, at)
}

function strayed(limits: DecodeLimits, stored: Stored): Decoded {
  return rejectedWhole(limits, stored, { tag: "stray", subject: stored.subject.slice(0, SUBJECT_CHARS_SHOWN) })
}

const SUBJECT_CHARS_SHOWN = 256

function rejectedWhole(limits: DecodeLimits, stored: Stored, reason: Reason): Decoded {
  return { events: [], rejected: [rejectionOf(limits, stored, NOT_KNOWN, reason)] }
}

interface Place {
  readonly lane: number
  readonly tenant: string
  readonly type: string
}

function decodeSingle(registry: Registry, limits: DecodeLimits, stored: Stored, place: Place): Decoded {
  const read = readHeaders(stored.headers)
  const { tenant, type } = place
  if (read.tag === "bad") {
    const known = { ...NOT_KNOWN, tenant, type, index: 0 }
    return { events: [], rejected: [rejectionOf(limits, stored, known, { tag: "bad-headers", why: read.reason })] }
  }
  const { headers } = read
  const { schemaVersion, encoding } = headers
  const id = headers.id ?? `log.${place.lane}.${stored.sequence}`
  const time = headers.timeMs ?? stored.arrivedAt
  const outcome = readSingle(registry, limits, stored, type, headers, time)
  if ("reason" in outcome) {
    const known: Known = { tenant, type, schemaVersion, id, time, index: 0, encoding }
    return { events: [], rejected: [rejectionOf(limits, stored, known, outcome.reason)] }
  }
  const { schemaVersion: readAs, version, key, data } = outcome
  const event = { tenant, type, schemaVersion: readAs, version, id, time, key, data, index: 0 }
  return { events: [event], rejected: [] }
}

type Outcome = Pick<DecodedEvent, "schemaVersion" | "version" | "key" | "data"> | { readonly reason: Reason }

function readSingle(
  registry: Registry,
  limits: DecodeLimits,
  stored: Stored,
  type: string,
  { schemaVersion, encoding }: EventHeaders,
  time: number,
): Outcome {
  const reader = registry.reader(type, schemaVersion)
  if (reader === undefined) return { reason: unknownReader(registry, type, schemaVersion) }
  const timeReason = whyBadTime(limits, time, stored.arrivedAt)
  if (timeReason !== undefined) return { reason: timeReason }
  const body = readBody(limits, stored.body, encoding)
  if ("reason" in body) return body
  const read = reader.read(body.value)
  if (read.tag !== "read") return { reason: readReason(read) }
  const { data } = read
  return { schemaVersion: reader.version, version: reader.current, key: data[reader.keyField] as string, data }
}

function readBody(
  limits: DecodeLimits,
  body: Uint8Array,
  encoding: EventHeaders["encoding"],
): { readonly value: unknown } | { readonly reason: Reason } {
  const bytesMax = limits.eventBytesMax
  if (body.length > bytesMax) return { reason: { tag: "oversized", bytes: body.length, bytesMax } }
  if (encoding === "json") return readJson(body)
  const unpacked = unpack(body)
  if (unpacked.tag === "value") return unpacked
  return { reason: { tag: "undecodable", why: `the body is not MessagePack: ${unpacked.reason}` } }
}

function readJson(body: Uint8Array): { readonly value: unknown } | { readonly reason: Reason } {
  if (!isUtf8(body)) return { reason: { tag: "undecodable", why: "the body is not UTF-8" } }
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8")
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { reason: { tag: "undecodable", why: text === "" ? "the body is empty" : "the body is not JSON" } }
  }
}
