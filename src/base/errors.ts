/**
 * Owns: what every expected failure carries, so that a person or a loop can act on it.
 * Never: bugs (see assert.ts), or matching on message text.
 *
 * `verdict` answers the one question a loop has: retry (the same call may work later), refuse (this input never will),
 * stop (this process must not go on as it is).
 */

export type Verdict = "retry" | "refuse" | "stop"

export interface FailureFields {
  /** What was being done: "append to outbox.1.3", "start postgres". */
  readonly operation: string
  /** What happened, in a sentence without the operation. */
  readonly reason: string
  /** What the reader can do about it. */
  readonly hint?: string
  /** Where in a stream, when there is a where. */
  readonly sequence?: number
  readonly cause?: unknown
}

export abstract class Failure extends Error {
  abstract readonly tag: string
  abstract readonly verdict: Verdict
  readonly operation: string
  readonly reason: string
  readonly hint: string | undefined
  readonly sequence: number | undefined

  constructor(fields: FailureFields) {
    super(describeFields(fields), fields.cause === undefined ? undefined : { cause: fields.cause })
    this.operation = fields.operation
    this.reason = fields.reason
    this.hint = fields.hint
    this.sequence = fields.sequence
  }
}

/** A wrong flag, setting or definition: named before anything starts. Exit code 2. */
export class Misuse extends Failure {
  override readonly name = "Misuse"
  readonly tag = "Misuse"
  readonly verdict = "refuse"
}

/** A server or role that cannot be reached, or is not fit. Exit code 3. */
export class Unreachable extends Failure {
  override readonly name = "Unreachable"
  readonly tag = "Unreachable"
  readonly verdict = "retry"
}

/** One line for any thrown value; the cause's own words at the end. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? ` (${explain(error.cause)})` : ""
  return `${error.message}${cause}`
}

/** The part of the stack that is a callee's own: from where it threw to the class that called it. The same in a replay. */
export function stackAbove(error: unknown, caller: string): string | null {
  if (!(error instanceof Error) || error.stack === undefined) return null
  const [callee] = error.stack.split(`\n    at ${caller}.`)
  return callee ?? null
}

function describeFields(fields: FailureFields): string {
  const at = fields.sequence === undefined ? "" : ` at sequence ${fields.sequence}`
  const hint = fields.hint === undefined ? "" : `; ${fields.hint}`
  return `${fields.operation}${at}: ${fields.reason}${hint}`
}
