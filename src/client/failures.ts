/** Owns: what a publish can fail with. Never: retrying. */

import { Failure, type FailureFields, type Verdict } from "../base/errors.ts"

/**
 * invalid: the event cannot be published as it is; too_large: it fits into no message; refused: the log will never take
 * it; expired: not acknowledged in time; closed: the client was closed; crowded: too many calls wait already.
 */
export type Why = "invalid" | "too_large" | "refused" | "expired" | "closed" | "crowded"

const VERDICTS: Readonly<Record<Why, Verdict>> = {
  invalid: "refuse",
  too_large: "refuse",
  refused: "refuse",
  expired: "retry",
  closed: "stop",
  crowded: "retry",
}

export interface PublishFailedFields extends FailureFields {
  readonly why: Why
  /** The event's id, once it has one: publishing it again with this id cannot count it twice. */
  readonly id?: string
  readonly maybeStored: boolean
}

export class PublishFailed extends Failure {
  override readonly name = "PublishFailed"
  readonly tag = "PublishFailed"
  readonly verdict: Verdict
  readonly why: Why
  readonly id: string | undefined
  /** False: certainly not in the log. True: nobody knows. */
  readonly maybeStored: boolean

  constructor(fields: PublishFailedFields) {
    super(fields)
    this.verdict = VERDICTS[fields.why]
    this.why = fields.why
    this.id = fields.id
    this.maybeStored = fields.maybeStored
  }
}
