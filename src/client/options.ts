/** Owns: what a client can be told, its defaults and their checks. Never: environment variables. */

import { Misuse } from "../base/errors.ts"
import {
  PUBLISH_BATCH_BYTES,
  PUBLISH_BATCH_EVENTS,
  PUBLISH_CLOSE_WITHIN_MS,
  PUBLISH_DELIVER_WITHIN_MS,
  PUBLISH_DELIVER_WITHIN_MS_MOST,
  PUBLISH_IN_FLIGHT_BYTES_MAX,
  PUBLISH_IN_FLIGHT_EVENTS_MAX,
  PUBLISH_LINGER_MS,
  PUBLISH_WAITING_CALLS_MAX,
} from "../base/limits.ts"
import { whyBadName } from "../wire/subject.ts"

export interface ClientOptions {
  /** Of events that name none. */
  readonly tenant?: string
  /** Many events in a message, or each in a message of its own. */
  readonly messages?: "batched" | "single"
  /** Of single messages. */
  readonly encoding?: "json" | "msgpack"
  readonly lingerMs?: number
  readonly batchEventsMax?: number
  readonly batchBytesMax?: number
  readonly inFlightEventsMax?: number
  readonly inFlightBytesMax?: number
  readonly waitingCallsMax?: number
  /** How long a publish may take, retries and waiting for room included. */
  readonly deliverWithinMs?: number
  readonly closeWithinMs?: number
}

export type Settled = { readonly [K in keyof ClientOptions]-?: NonNullable<ClientOptions[K]> }

const DEFAULTS: Settled = {
  tenant: "default",
  messages: "batched",
  encoding: "json",
  lingerMs: PUBLISH_LINGER_MS,
  batchEventsMax: PUBLISH_BATCH_EVENTS,
  batchBytesMax: PUBLISH_BATCH_BYTES,
  inFlightEventsMax: PUBLISH_IN_FLIGHT_EVENTS_MAX,
  inFlightBytesMax: PUBLISH_IN_FLIGHT_BYTES_MAX,
  waitingCallsMax: PUBLISH_WAITING_CALLS_MAX,
  deliverWithinMs: PUBLISH_DELIVER_WITHIN_MS,
  closeWithinMs: PUBLISH_CLOSE_WITHIN_MS,
}

/** Throws Misuse. */
export function settleOptions(options: ClientOptions): Settled {
  const settled = { ...DEFAULTS, ...options }
  const problem = whyBadOptions(settled)
  if (problem !== undefined) throw new Misuse({ operation: "make a client", reason: problem })
  return settled
}

function whyBadOptions(options: Settled): string | undefined {
  const { lingerMs, waitingCallsMax, deliverWithinMs, closeWithinMs } = options
  const { batchEventsMax, batchBytesMax, inFlightEventsMax, inFlightBytesMax } = options
  for (const [name, value] of Object.entries({ batchEventsMax, batchBytesMax, inFlightEventsMax, inFlightBytesMax })) {
    if (!Number.isSafeInteger(value) || value < 1) return `${name} must be a whole number from 1`
  }
  for (const [name, value] of Object.entries({ lingerMs, waitingCallsMax, deliverWithinMs, closeWithinMs })) {
    if (!(Number.isFinite(value) && value >= 0)) return `${name} must be a number from 0`
  }
  if (deliverWithinMs > PUBLISH_DELIVER_WITHIN_MS_MOST) {
    return `deliverWithinMs must be at most ${PUBLISH_DELIVER_WITHIN_MS_MOST}: later repeats might be counted twice`
  }
  return whyBadName("tenant", options.tenant)
}
