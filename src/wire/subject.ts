/**
 * Owns: every public subject: building and reading them, and what may stand in their tokens.
 * Never: subjects of one deployment's own streams (streams/), or sending.
 *
 *   ingest.<tenant>.<type>.<key>         one event; the key percent-encoded, it only chooses the lane
 *   ingest.<tenant>._batch.<selector>    many events of one lane (batch.ts)
 *   log.<lane>.<tenant>.<type>           as the log of record stores them
 *   log.<lane>._tick                     an idle lane's clock
 *   ingest.…                             stored as it came: a stray, which the stream's transform did not match
 */

import { KEY_TOKEN_CHARS_MAX, LANES, NAME_CHARS_MAX } from "../base/limits.ts"

export const BATCH_TYPE = "_batch"
const TICK = "_tick"

/** What the stream of the log takes, and its transform (NATS's words), which must agree with laneOf. */
export const INGEST_SUBJECTS = "ingest.>"
export const TICK_SUBJECTS = `log.*.${TICK}`
export const INGEST_TRANSFORM = {
  source: "ingest.*.*.*",
  destination: `log.{{partition(${LANES},1,3)}}.{{wildcard(1)}}.{{wildcard(2)}}`,
}

export type StoredSubject =
  | { readonly tag: "event"; readonly lane: number; readonly tenant: string; readonly type: string }
  | { readonly tag: "batch"; readonly lane: number; readonly tenant: string }
  | { readonly tag: "tick"; readonly lane: number }
  | { readonly tag: "stray" }

export type IngestSubject =
  | { readonly tag: "event"; readonly tenant: string; readonly type: string; readonly keyToken: string }
  | { readonly tag: "batch"; readonly tenant: string; readonly selector: string }

export function eventSubject(tenant: string, type: string, keyToken: string): string {
  return `ingest.${tenant}.${type}.${keyToken}`
}

export function batchSubject(tenant: string, selector: string): string {
  return `ingest.${tenant}.${BATCH_TYPE}.${selector}`
}

export function storedSubject(lane: number, tenant: string, type: string): string {
  return `log.${lane}.${tenant}.${type}`
}

export function tickSubject(lane: number): string {
  return `log.${lane}.${TICK}`
}

/** Everything of one lane: events, batches, ticks. */
export function laneFilter(lane: number): string {
  return `log.${lane}.>`
}

/** Why the name cannot be a tenant or a type, or nothing. */
export function whyBadName(what: "tenant" | "type", name: unknown): string | undefined {
  if (typeof name !== "string") return `the ${what} must be a string`
  if (!/^[A-Za-z0-9_-]+$/.test(name) || name.length > NAME_CHARS_MAX) {
    return `the ${what} ${quoted(name)} must be 1 to ${NAME_CHARS_MAX} of the characters A-Z a-z 0-9 _ -`
  }
  if (what === "type" && name.startsWith("_")) return `the type ${quoted(name)} may not start with _ (reserved)`
  return undefined
}

export function whyBadKey(key: unknown): string | undefined {
  if (isPlainKey(key)) return undefined
  if (typeof key !== "string") return "the key must be a string"
  if (key === "") return "the key is empty"
  if (!key.isWellFormed()) return "the key is not well-formed Unicode"
  if (key.length <= KEY_TOKEN_CHARS_MAX && encodeKey(key).length <= KEY_TOKEN_CHARS_MAX) return undefined
  return `the key is longer than ${KEY_TOKEN_CHARS_MAX} characters when percent-encoded`
}

/** What a NATS token cannot hold or what would mean something in it: separators, wildcards, white space, controls. */
const UNSAFE = /[\p{Cc} .*>%]/gu

/** Percent-encodes only what must be, so other UTF-8 stays readable. The key must be good (whyBadKey). */
export function encodeKey(key: string): string {
  return isPlain(key) ? key : key.replace(UNSAFE, encodeUnit)
}

/** The usual key is its own token: visible ASCII, none of it unsafe, not too long. */
export function isPlainKey(key: unknown): key is string {
  return typeof key === "string" && key !== "" && key.length <= KEY_TOKEN_CHARS_MAX && isPlain(key)
}

/** Looking at each unit is cheaper than the expression. */
function isPlain(key: string): boolean {
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i)
    if (unit <= 0x20 || unit >= 0x7f) return false
    if (unit === 0x2e || unit === 0x2a || unit === 0x3e || unit === 0x25) return false
  }
  return true
}

function encodeUnit(unit: string): string {
  return Buffer.from(unit).toString("hex").toUpperCase().replace(/../g, "%$&")
}

/** Takes any percent-encoding, also of characters that need none; nothing if it is malformed. */
export function decodeKey(token: string): string | undefined {
  if (!token.includes("%")) return token
  try {
    return decodeURIComponent(token)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

export function parseIngest(subject: string): IngestSubject | undefined {
  const [root, tenant, type, last, ...more] = subject.split(".")
  if (root !== "ingest" || tenant === undefined || type === undefined || last === undefined) return undefined
  if (more.length > 0 || last === "" || whyBadName("tenant", tenant) !== undefined) return undefined
  if (type === BATCH_TYPE) return { tag: "batch", tenant, selector: last }
  return whyBadName("type", type) === undefined ? { tag: "event", tenant, type, keyToken: last } : undefined
}

/** Nothing for what is no subject of the log at all. Names are not checked here: whoever decodes rejects bad ones. */
export function parseStored(subject: string): StoredSubject | undefined {
  if (subject.startsWith("ingest.")) return { tag: "stray" }
  const [root, laneText, second, third, ...more] = subject.split(".")
  const lane = laneText !== undefined && /^\d{1,3}$/.test(laneText) ? Number(laneText) : LANES
  if (root !== "log" || lane >= LANES || second === undefined || more.length > 0) return undefined
  if (third === undefined) return second === TICK ? { tag: "tick", lane } : undefined
  return third === BATCH_TYPE
    ? { tag: "batch", lane, tenant: second }
    : { tag: "event", lane, tenant: second, type: third }
}

/** A value in a message to people, cut short. */
function quoted(text: string): string {
  return JSON.stringify(text.length > NAME_CHARS_MAX ? `${text.slice(0, NAME_CHARS_MAX)}…` : text)
}
