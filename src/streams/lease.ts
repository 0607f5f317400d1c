/**
 * Owns: one expiring claim on a lane or a shard, in a key of the control bucket.
 * Never: correctness. A holder that sleeps through its expiry still believes in it; the fences refuse what it then does.
 *
 * A lease counts from before its write was sent, so a holder gives it up no later than the bucket does.
 */

import type { Clock } from "../base/clock.ts"
import { Conflict, type Store } from "./store.ts"

export interface LeaseTerms {
  readonly store: Store
  readonly clock: Clock
  readonly key: string
  /** One run of one process; no two ever have the same. */
  readonly holder: string
  readonly ttlMs: number
}

export class Lease {
  readonly #terms: LeaseTerms
  #revision: number
  #until: number

  private constructor(terms: LeaseTerms, revision: number, until: number) {
    this.#terms = terms
    this.#revision = revision
    this.#until = until
  }

  /** Nothing if somebody holds it. A store that does not answer is the caller's to retry. */
  static async claim(terms: LeaseTerms): Promise<Lease | undefined> {
    const until = terms.clock.monotonicMs() + terms.ttlMs
    const revision = await write(terms, 0)
    return revision === undefined ? undefined : new Lease(terms, revision, until)
  }

  get held(): boolean {
    return this.#terms.clock.monotonicMs() < this.#until
  }

  /** False: it is lost for good. */
  async renew(): Promise<boolean> {
    if (!this.held) return false
    const until = this.#terms.clock.monotonicMs() + this.#terms.ttlMs
    const revision = (await write(this.#terms, this.#revision)) ?? (await this.#writeOverOwn())
    if (revision === undefined) {
      this.#until = Number.NEGATIVE_INFINITY
      return false
    }
    this.#revision = revision
    this.#until = until
    return true
  }

  /** A write of ours whose answer was lost moved the revision: the lease is still ours. */
  async #writeOverOwn(): Promise<number | undefined> {
    const entry = await this.#terms.store.get(this.#terms.key)
    if (entry === undefined || Buffer.from(entry.value).toString("utf8") !== this.#terms.holder) return undefined
    return write(this.#terms, entry.revision)
  }

  /** So that the next holder need not wait for the expiry. */
  async release(): Promise<void> {
    if (!this.held) return
    this.#until = Number.NEGATIVE_INFINITY
    try {
      await this.#terms.store.remove(this.#terms.key, this.#revision)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
}

async function write({ store, key, holder, ttlMs }: LeaseTerms, revision: number): Promise<number | undefined> {
  try {
    return await store.put(key, Buffer.from(holder, "utf8"), { revision, ttlMs })
  } catch (error) {
    if (error instanceof Conflict) return undefined
    throw error
  }
}
