/**
 * Owns: what a caller hands over, and its cheap checks at the door.
 * Never: the event's schema; the router checks that, and what fails there becomes a dead letter.
 */

import { parseTime, whyBadId } from "../wire/headers.ts"
import { encodeKey, isPlainKey, whyBadKey, whyBadName } from "../wire/subject.ts"
import { PublishFailed } from "./failures.ts"

export interface EventToPublish {
  readonly type: string
  /** Chooses the lane: the value of the key field in `data`. */
  readonly key: string
  /** A plain object, as JSON would have it. */
  readonly data: object
  /** Repeats of an id are dropped. Without one the client makes one. */
  readonly id?: string | undefined
  /** Event time: epoch milliseconds, a Date, or ISO 8601. Without it the time of arrival counts. */
  readonly time?: number | Date | string | undefined
  /** The schema's version. Without it the type's default counts. */
  readonly version?: number | undefined
  readonly tenant?: string | undefined
}

export interface Receipt {
  readonly id: string
  /** A place in the log; a query `atLeast` there has seen the event. */
  readonly position: string
}

/** An event that passed the door. */
export interface Admitted {
  readonly tenant: string
  readonly type: string
  readonly keyToken: string
  readonly id: string | undefined
  readonly timeMs: number | undefined
  readonly schemaVersion: number | undefined
  readonly data: Readonly<Record<string, unknown>>
}

const NAMES_KNOWN_MAX = 4_096
const knownNames = { tenant: new Set<string>(), type: new Set<string>() }

/** Throws PublishFailed. */
export function admit(event: EventToPublish, defaultTenant: string): Admitted {
  const tenant = event.tenant ?? defaultTenant
  const { type, key, id, version, data } = event
  const isPlain = isPlainKey(key)
  const keyProblem = isPlain ? undefined : whyBadKey(key)
  const problem = nameProblem("tenant", tenant) ?? nameProblem("type", type) ?? keyProblem ?? whyBadId(id)
  if (problem !== undefined) throw invalid(problem, id)
  if (version !== undefined && !(Number.isSafeInteger(version) && version > 0)) {
    throw invalid("the version must be a whole number from 1", id)
  }
  if (!isData(data)) throw invalid("the data must be an object", id)
  const timeMs = event.time === undefined ? undefined : timeIn(event.time, id)
  const keyToken = isPlain ? key : encodeKey(key)
  return { tenant, type, keyToken, id, timeMs, schemaVersion: version, data }
}

export function invalid(reason: string, id: string | undefined): PublishFailed {
  return new PublishFailed({
    operation: "publish an event",
    reason,
    why: "invalid",
    maybeStored: false,
    ...(id === undefined ? {} : { id }),
  })
}

function nameProblem(what: "tenant" | "type", name: string): string | undefined {
  const known = knownNames[what]
  if (known.has(name)) return undefined
  const problem = whyBadName(what, name)
  if (problem === undefined && known.size < NAMES_KNOWN_MAX) known.add(name)
  return problem
}

function isData(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null && !Array.isArray(data)
}

function timeIn(time: number | Date | string, id: string | undefined): number {
  const timeMs = typeof time === "string" ? parseTime(time) : time.valueOf()
  if (timeMs !== undefined && Math.abs(timeMs) <= 8.64e15) return Math.trunc(timeMs)
  throw invalid("the time must be epoch milliseconds, a Date, or ISO 8601 with a time zone", id)
}
