/**
 * Owns: what each of MongoDB's answers, and of its driver's errors, means to a projector, by its code or class; never
 * by its text. Never: retrying, or finding the document that was refused (write.ts).
 */

import {
  BSON,
  MongoAPIError,
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoDriverError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoSystemError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from "mongodb"
import { explain, type Failure, Misuse } from "../../base/errors.ts"
import { SinkAway } from "../sink.ts"

/**
 * away: ask again later. duplicate: there is one with that key. unfit: this database, as it is or as we may use it, will
 * not do. refused: anything else, and for a document of a batch that is: this document never.
 */
export type Kind = "away" | "duplicate" | "unfit" | "refused"

const CODES: Readonly<Record<number, Kind>> = {
  1: "away", // internal error
  6: "away", // host unreachable
  7: "away", // host not found
  8: "away", // unknown error
  13: "unfit", // unauthorized
  18: "unfit", // authentication failed
  24: "away", // lock timeout
  43: "away", // cursor not found
  46: "away", // lock busy
  50: "away", // time limit exceeded
  63: "away", // stale shard version
  64: "away", // write concern failed
  73: "unfit", // invalid namespace
  85: "unfit", // index options conflict
  86: "unfit", // index key specs conflict
  89: "away", // network timeout
  91: "away", // shutdown in progress
  100: "unfit", // write concern cannot be satisfied
  112: "away", // write conflict
  133: "away", // failed to satisfy read preference
  134: "away", // read concern majority not available yet
  150: "away", // stale epoch
  166: "unfit", // not on a view
  175: "away", // query plan killed
  189: "away", // primary stepped down
  202: "away", // network interface exceeded time limit
  225: "away", // transaction too old
  234: "away", // retry change stream
  251: "away", // no such transaction
  262: "away", // exceeded time limit
  317: "away", // connection pool expired
  365: "away", // temporarily unavailable
  384: "away", // connection error
  9001: "away", // socket exception
  10107: "away", // not the primary
  11000: "duplicate",
  11001: "duplicate",
  11600: "away", // interrupted at shutdown
  11601: "away", // interrupted
  11602: "away", // interrupted: the replica's state changes
  12582: "duplicate",
  13388: "away", // stale config
  13435: "away", // not the primary, and no reads from secondaries
  13436: "away", // neither primary nor secondary
  14031: "away", // out of disk space
}

export function kindOfCode(code: unknown): Kind {
  return (typeof code === "number" ? CODES[code] : undefined) ?? "refused"
}

/** Nothing for what is no answer of a server, driver or network, but a bug. */
export function kindOf(error: unknown): Kind | undefined {
  if (AWAY.some((known) => error instanceof known)) return "away"
  if (error instanceof MongoBulkWriteError && error.code === undefined) return kindOf(error.cause) ?? "away"
  if (error instanceof MongoServerError) return kindOfCode(error.code)
  // What cannot be written as a document, or is too large for one, is found before it is sent.
  if (error instanceof BSON.BSONError || error instanceof MongoAPIError) return "refused"
  return error instanceof MongoDriverError || error instanceof MongoError ? "away" : undefined
}

const AWAY = [
  MongoNetworkError,
  MongoSystemError,
  MongoServerSelectionError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
  MongoWriteConcernError,
]

/** A failure of ours for any that was thrown; what is none of the server's is passed on as it is. */
export function failureOf(operation: string, error: unknown): unknown {
  const kind = kindOf(error)
  return kind === undefined ? error : failureAs(kind, operation, error)
}

/** For an error that is of this kind in part, as one of a bulk write. */
export function failureAs(kind: Kind, operation: string, error: unknown): Failure {
  const fields = { operation, reason: `${explain(error)}${codeOf(error)}`, cause: error }
  if (kind === "away") return new SinkAway(fields)
  return new Misuse({
    ...fields,
    hint: "see that the database millrace and the rights in it are as Millrace made them",
  })
}

export async function asking<T>(operation: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw failureOf(operation, error)
  }
}

function codeOf(error: unknown): string {
  return error instanceof MongoServerError && error.code !== undefined ? ` (code ${error.code})` : ""
}
