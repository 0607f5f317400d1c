/**
 * Owns: what each of Postgres's answers means to a projector, by its SQLSTATE; never by its text.
 * Never: retrying, or finding the row that was refused (refused.ts).
 */

import { DatabaseError } from "pg"
import { Bug } from "../../base/assert.ts"
import { explain, Failure, Misuse } from "../../base/errors.ts"
import { SinkAway } from "../sink.ts"

/** away: ask again later. refused: these rows never. unfit: this database, as it is or as we may use it, will not do. */
export type Kind = "away" | "refused" | "unfit"

/** The first two characters of a SQLSTATE. */
const CLASSES: Readonly<Record<string, Kind>> = {
  "08": "away", // connection exception
  "0A": "unfit", // feature not supported
  "22": "refused", // data exception
  "23": "refused", // integrity constraint violation
  "28": "unfit", // invalid authorization
  "3D": "unfit", // no such database
  "3F": "unfit", // no such schema
  "40": "away", // rolled back: deadlock, serialization failure
  "42": "unfit", // no such table or column, or no right to it
  "53": "away", // insufficient resources: connections, disk, memory
  "54": "refused", // beyond a limit: a key too long for its index
  "55": "away", // object not in its prerequisite state: a lock that is not to be had
  "57": "away", // an operator's doing: shutdown, cancelled, a statement's time is up
  "58": "away", // system error
  XX: "away", // internal error
}

/** Those that mean something else than their class. */
const CODES: Readonly<Record<string, Kind>> = {
  "25006": "away", // read-only: a standby that a failover has not promoted yet
  "25P03": "away", // the transaction stood still for too long
}

export function kindOfState(state: string): Kind | undefined {
  return CODES[state] ?? CLASSES[state.slice(0, 2)]
}

/** Nothing for what is no answer of a server or network, but a bug. */
export function kindOf(error: unknown): Kind | undefined {
  if (error instanceof DatabaseError) return error.code === undefined ? "away" : kindOfState(error.code)
  // Sockets, and pg itself when a connection is lost or slow, throw plain errors.
  const plain = error instanceof Error && !BUGS.some((known) => error instanceof known)
  return plain ? "away" : undefined
}

const BUGS = [Failure, Bug, TypeError, RangeError, ReferenceError, SyntaxError]

/** A failure of ours for any that was thrown; what is none of the server's is passed on as it is. */
export function failureOf(operation: string, error: unknown): unknown {
  const kind = kindOf(error)
  if (kind === undefined) return error
  const fields = { operation, reason: reasonOf(error), cause: error }
  if (kind === "away") return new SinkAway(fields)
  const hint = "see that the database, its schema millrace and the rights in it are as Millrace made them"
  return new Misuse({ ...fields, hint })
}

export async function asking<T>(operation: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw failureOf(operation, error)
  }
}

function reasonOf(error: unknown): string {
  const state = error instanceof DatabaseError && error.code !== undefined ? ` (SQLSTATE ${error.code})` : ""
  return `${explain(error)}${state}`
}
