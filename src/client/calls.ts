/** Owns: a publish call's promise, and what it is told of its events. Never: deciding how they end. */

import { Failure, type Verdict } from "../base/errors.ts"
import type { EventToPublish, Receipt } from "./event.ts"
import type { PublishFailed } from "./failures.ts"
import type { Ledger, Page } from "./ledger.ts"
import type { Waiter } from "./parcel.ts"

/** A call with its events; `next` is the first that was not let in yet. */
export interface Call extends Waiter {
  readonly count: number
  event(index: number): EventToPublish
  readonly expiresAt: number
  next: number
}

interface Promised<T, F> {
  readonly resolve: (value: T) => void
  readonly reject: (failure: F) => void
}

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
  readonly count = 1
  readonly expiresAt: number
  readonly #event: EventToPublish
  readonly #promised: Promised<Receipt, PublishFailed>
  readonly #ledger: Ledger
  readonly #page: Page
  next = 0

  constructor(event: EventToPublish, expiresAt: number, ledger: Ledger, promised: Promised<Receipt, PublishFailed>) {
    this.expiresAt = expiresAt
    this.#event = event
    this.#promised = promised
    this.#ledger = ledger
    this.#page = ledger.begin()
  }

  event(): EventToPublish {
    return this.#event
  }

  stored(_index: number, id: string, position: string): void {
    this.#promised.resolve({ id, position })
    this.#ledger.end(this.#page)
  }

  failed(_index: number, failure: PublishFailed): void {
    this.#promised.reject(failure)
    this.#ledger.end(this.#page)
  }
}

export class ManyCall implements Call {
  readonly expiresAt: number
  readonly #events: readonly EventToPublish[]
  readonly #promised: Promised<readonly Receipt[], PartlyPublished>
  readonly #ledger: Ledger
  readonly #page: Page
  readonly #receipts: Receipt[]
  readonly #failures = new Map<number, PublishFailed>()
  #left: number
  next = 0

  constructor(
    events: readonly EventToPublish[],
    expiresAt: number,
    ledger: Ledger,
    promised: Promised<readonly Receipt[], PartlyPublished>,
  ) {
    this.expiresAt = expiresAt
    this.#events = events
    this.#promised = promised
    this.#ledger = ledger
    this.#page = ledger.begin()
    this.#receipts = new Array(events.length)
    this.#left = events.length
  }

  get count(): number {
    return this.#events.length
  }

  event(index: number): EventToPublish {
    return this.#events[index]!
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
    if (this.#failures.size === 0) this.#promised.resolve(this.#receipts)
    else {
      const results = Array.from(this.#receipts, (receipt, index) => this.#failures.get(index) ?? receipt)
      this.#promised.reject(new PartlyPublished(results, [...this.#failures.values()]))
    }
    this.#ledger.end(this.#page)
  }
}
