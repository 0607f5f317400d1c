/**
 * Owns: what each of JetStream's answers means to us, by its number; never by its text.
 * Never: retrying.
 */

import { JetStreamApiError } from "@nats-io/jetstream"
import { errors, RequestError } from "@nats-io/transport-node"
import { explain, Failure, type FailureFields } from "../../base/errors.ts"
import type { Reply } from "../../wire/nats/publisher.ts"
import { LogAway, LogFull, LogRefused, WrongLast } from "../log.ts"
import { Conflict, StoreAway, StoreFull, StoreRefused } from "../store.ts"

/**
 * fence: somebody else wrote first. full: at a limit, nothing stored. away: ask again later. refused: never.
 * absent: there is no such message.
 */
export type Kind = "fence" | "full" | "away" | "refused" | "absent"

/** Those our requests can meet; any other is judged by its status (kindOfCode). */
const CODES: Readonly<Record<number, Kind>> = {
  10002: "full", // resource limits exceeded for account
  10003: "refused", // bad request
  10004: "away", // incomplete results
  10008: "away", // JetStream temporarily unavailable
  10009: "away", // not the leader
  10014: "away", // consumer not found: ours are made anew
  10023: "full", // insufficient resources
  10028: "full", // insufficient memory
  10035: "refused", // account not found
  10037: "absent", // no message found
  10039: "refused", // JetStream not enabled for account
  10043: "absent", // sequence not found
  10047: "full", // insufficient storage
  10049: "away", // the store of a stream is still being removed
  10052: "refused", // invalid stream configuration
  10054: "refused", // message too large
  10059: "refused", // stream not found
  10060: "refused", // expected stream does not match
  10063: "away", // expected stream sequence does not match: replicas disagree for a moment
  10070: "refused", // wrong last message id: never asked for (NATS 2.15 can lock up on it)
  10071: "fence", // wrong last sequence
  10074: "refused", // more than one copy on a single server
  10076: "away", // JetStream not enabled: it switches itself off when its disk fails
  10077: "full", // the store did not take it: maximum bytes or messages
  10097: "refused", // headers too large
  10109: "refused", // sealed stream
  10110: "refused", // purge not permitted
  10118: "away", // stream offline
  10158: "away", // the same id is being stored right now
  10163: "away", // expected last sequence not known for a moment
  10164: "fence", // wrong last sequence, of a replicated stream
  10165: "refused", // invalid time to live
  10166: "refused", // no times to live on this stream
  10167: "full", // too many requests
  10193: "refused", // fence without a sequence
  10194: "away", // stream offline, with a reason
}

const TOO_MANY = 429

export function kindOfCode(code: number, status: number): Kind {
  return CODES[code] ?? (status >= 500 || status === TOO_MANY ? "away" : "refused")
}

export interface Outcome {
  readonly kind: Kind
  readonly reason: string
  readonly code?: number
}

/** Nothing for what is no answer of a server or network, but a bug. */
export function outcomeOf(error: unknown): Outcome | undefined {
  if (error instanceof JetStreamApiError) {
    return { kind: kindOfCode(error.code, error.status), reason: error.message, code: error.code }
  }
  if (error instanceof errors.PermissionViolationError) return { kind: "refused", reason: error.message }
  if (AWAY.some((known) => error instanceof known)) return { kind: "away", reason: explain(error) }
  // The client wraps some: "JetStream is not enabled" is what it calls a leader that does not answer.
  return error instanceof Error && error.cause !== undefined ? outcomeOf(error.cause) : undefined
}

const AWAY = [
  RequestError,
  errors.TimeoutError,
  errors.NoRespondersError,
  errors.ClosedConnectionError,
  errors.ConnectionError,
  errors.DrainingConnectionError,
  errors.ProtocolError,
]

export function outcomeOfReply(reply: Exclude<Reply, { tag: "stored" }>): Outcome {
  if (reply.tag === "unknown") return { kind: "away", reason: reply.reason }
  return { kind: kindOfCode(reply.code, reply.status), reason: reply.description, code: reply.code }
}

type Make = (fields: FailureFields) => Failure

const FULL_HINT = "see `millrace status`: a stream is at its limit, or closed because its disk is nearly full"

const LOG_FAILURES: Readonly<Record<Kind, Make>> = {
  fence: (fields) => new WrongLast(fields),
  full: (fields) => new LogFull({ hint: FULL_HINT, ...fields }),
  away: (fields) => new LogAway(fields),
  refused: (fields) => new LogRefused(fields),
  absent: (fields) => new LogRefused(fields),
}

const STORE_FAILURES: Readonly<Record<Kind, Make>> = {
  fence: (fields) => new Conflict(fields),
  full: (fields) => new StoreFull({ hint: FULL_HINT, ...fields }),
  away: (fields) => new StoreAway(fields),
  refused: (fields) => new StoreRefused(fields),
  absent: (fields) => new StoreRefused(fields),
}

export type Port = "log" | "store"

const FAILURES: Readonly<Record<Port, Readonly<Record<Kind, Make>>>> = { log: LOG_FAILURES, store: STORE_FAILURES }

export function failureOf(port: Port, operation: string, { kind, reason }: Outcome, cause?: unknown): Failure {
  return FAILURES[port][kind]({ operation, reason, cause })
}

/** The failure that an error of a request stands for; a bug is thrown on as it is. */
export function failureOfError(port: Port, operation: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const outcome = outcomeOf(error)
  if (outcome === undefined) throw error
  return failureOf(port, operation, outcome, error)
}
