/** Owns: a publish call's promise, and what it is told of its events. Never: deciding how they end. */

import { Failure, type Verdict } from "../base/errors.ts"
import type { EventToPublish, Receipt } from "./event.ts"
import type { PublishFailed } from "./failures.ts"
import type { Waiter } from "./parcel.ts"

/** A call with its events; `next` is the first that was not let in yet. */
export interface Call extends Waiter {
  readonly events: readonly EventToPublish[]
  readonly expiresAt: number
  next: number
}

export type Ended = () => void

/** Some events of a `publishAll` failed; each one's end is in `results`, in the order of the call. */
export class PartlyPublished extends Failure {
  override readonly name = "PartlyPublished"
  readonly tag = "PartlyPublished"
  readonly verdict: Verdict
  readonly results: readonly (Receipt | PublishFailed)[]

  constructor(results: readonly (Receipt | PublishFailed)[], failures: readonly PublishFailed[]) {
    const first = failures[0]!
    super({
      operation: "publish several events",
      reason: `${failures.length} of ${results.length} failed, the first because: ${first.reason}`,
      cause: first,
    })
    this.verdict = failures.some(({ verdict }) => verdict === "retry") ? "retry" : first.verdict
    this.results = results
  }
}

export class SingleCall implements Call {
  readonly events: readonly EventToPublish[]
  readonly expiresAt: number
  readonly #resolve: (receipt: Receipt) => void
  readonly #reject: (failure: PublishFailed) => void
  readonly #ended: Ended
  next = 0

  constructor(
    event: EventToPublish,
    expiresAt: number,
    resolve: (receipt: Receipt) => void,
    reject: (failure: PublishFailed) => void,
    ended: Ended,
  ) {
    this.events = [event]
    this.expiresAt = expiresAt
    this.#resolve = resolve
    this.#reject = reject
    this.#ended = ended
  }

  stored(_index: number, id: string, position: string): void {
    this.#resolve({ id, position })
    this.#ended()
  }

  failed(_index: number, failure: PublishFailed): void {
    this.#reject(failure)
    this.#ended()
  }
}

export class ManyCall implements Call {
  readonly events: readonly EventToPublish[]
  readonly expiresAt: number
  readonly #resolve: (receipts: readonly Receipt[]) => void
  readonly #reject: (failure: PartlyPublished) => void
  readonly #ended: Ended
  readonly #receipts: Receipt[]
  readonly #failures = new Map<number, PublishFailed>()
  #left: number
  next = 0

  constructor(
    events: readonly EventToPublish[],
    expiresAt: number,
    resolve: (receipts: readonly Receipt[]) => void,
    reject: (failure: PartlyPublished) => void,
    ended: Ended,
  ) {
    this.events = events
    this.expiresAt = expiresAt
    this.#resolve = resolve
    this.#reject = reject
    this.#ended = ended
    this.#receipts = new Array(events.length)
    this.#left = events.length
  }

  stored(index: number, id: string, position: string): void {
    this.#receipts[index] = { id, position }
    this.#one()
  }

  failed(index: number, failure: PublishFailed): void {
    this.#failures.set(index, failure)
    this.#one()
  }

  #one(): void {
    this.#left--
    if (this.#left > 0) return
    if (this.#failures.size === 0) this.#resolve(this.#receipts)
    else {
      const results = Array.from(this.#receipts, (receipt, index) => this.#failures.get(index) ?? receipt)
      this.#reject(new PartlyPublished(results, [...this.#failures.values()]))
    }
    this.#ended()
  }
}
