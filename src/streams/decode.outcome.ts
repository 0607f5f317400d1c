/**
 * Owns: the two outcomes an event of the log can have, and the checks that single and packed messages share.
 * Never: taking messages apart.
 */

import { EVENT_AHEAD_MS_MAX, EVENT_BYTES_MAX, EVENT_TIME_MS_MIN } from "../base/limits.ts"
import type { EventData, Read } from "../define/reader.ts"
import type { Registry } from "../define/registry.ts"
import type { Reason } from "./decode.reasons.ts"
import type { Stored } from "./log.ts"

export interface DecodeLimits {
  readonly eventBytesMax: number
  /** After arrival. Beyond it a clock is wrong, and the event would keep windows open until time catches up with it. */
  readonly aheadMsMax: number
  readonly timeMsMin: number
}

export const DECODE_LIMITS: DecodeLimits = {
  eventBytesMax: EVENT_BYTES_MAX,
  aheadMsMax: EVENT_AHEAD_MS_MAX,
  timeMsMin: EVENT_TIME_MS_MIN,
}

export interface DecodedEvent {
  readonly tenant: string
  readonly type: string
  /** As published: which one its bytes were read as. */
  readonly schemaVersion: number
  /** Of the data as it is now: the current one. */
  readonly version: number
  /** As given, or made of the event's place in the log. */
  readonly id: string
  /** Event time, epoch milliseconds: as given, or of arrival. */
  readonly time: number
  readonly key: string
  readonly data: EventData
  /** Its place in the message. */
  readonly index: number
}

export interface Rejection {
  readonly reason: Reason
  readonly tenant: string | undefined
  readonly type: string | undefined
  /** As published; nothing if it named none. */
  readonly schemaVersion: number | undefined
  readonly id: string | undefined
  readonly time: number | undefined
  readonly sequence: number
  /** Nothing: the whole message. */
  readonly index: number | undefined
  readonly encoding: "json" | "msgpack" | "batch"
  /** Of this event alone (the whole message for a batch that cannot be read), cut at the bound of an event. */
  readonly body: Uint8Array
  readonly bodyBytes: number
}

export interface Decoded {
  readonly events: readonly DecodedEvent[]
  readonly rejected: readonly Rejection[]
}

/** What is known of an event when it is rejected. */
export interface Known {
  readonly tenant: string | undefined
  readonly type: string | undefined
  readonly schemaVersion: number | undefined
  readonly id: string | undefined
  readonly time: number | undefined
  readonly index: number | undefined
  readonly encoding: Rejection["encoding"]
}

export const NOT_KNOWN: Known = {
  tenant: undefined,
  type: undefined,
  schemaVersion: undefined,
  id: undefined,
  time: undefined,
  index: undefined,
  encoding: "json",
}

export function rejectionOf(
  limits: DecodeLimits,
  stored: Stored,
  known: Known,
  reason: Reason,
  body: Uint8Array = stored.body,
): Rejection {
  const kept = body.length <= limits.eventBytesMax ? body : body.subarray(0, limits.eventBytesMax)
  return { ...known, reason, sequence: stored.sequence, body: kept, bodyBytes: body.length }
}

export function unknownReader(registry: Registry, type: string, version: number | undefined): Reason {
  const event = registry.events.get(type)
  if (event === undefined) return { tag: "unknown-type", type }
  return { tag: "unknown-version", type, version: version ?? event.pinned, known: [...event.versions.keys()] }
}

export function whyBadTime(limits: DecodeLimits, timeMs: number, arrivedAt: number): Reason | undefined {
  const { aheadMsMax, timeMsMin } = limits
  if (timeMs > arrivedAt + aheadMsMax) return { tag: "time-ahead", timeMs, arrivedAt, aheadMsMax }
  return timeMs < timeMsMin ? { tag: "time-too-early", timeMs, timeMsMin } : undefined
}

export function readReason(read: Exclude<Read, { readonly tag: "read" }>): Reason {
  return read.tag === "failed-up" ? { tag: "failed-up", from: read.from, why: read.reason } : read
}
