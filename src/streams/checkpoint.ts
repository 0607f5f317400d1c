/**
 * Owns: one key of a bucket that one run at a time writes: over what it wrote or read last, or not at all.
 * Never: what stands in it, or trying again.
 *
 * C1 a write that finds somebody else's value changes nothing and says so.
 * C2 a write of ours whose answer was lost is known again by its bytes, not taken for somebody else's.
 */

import { Conflict, type Store, StoreAway } from "./store.ts"

export class Checkpoint {
  readonly #store: Store
  readonly #key: string
  #revision = 0
  /** What was sent and never answered. */
  #unanswered: Uint8Array | undefined

  constructor(store: Store, key: string) {
    this.#store = store
    this.#key = key
  }

  async read(): Promise<Uint8Array | undefined> {
    const entry = await this.#store.get(this.#key)
    this.#revision = entry?.revision ?? 0
    this.#unanswered = undefined
    return entry?.value
  }

  /** False: it is somebody else's now. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.#unanswered !== undefined) await this.#lookAgain(this.#unanswered)
    try {
      this.#revision = await this.#store.put(this.#key, bytes, { revision: this.#revision })
      return true
    } catch (error) {
      if (error instanceof StoreAway) this.#unanswered = bytes
      if (error instanceof Conflict) return false
      throw error
    }
  }

  async #lookAgain(sent: Uint8Array): Promise<void> {
    const entry = await this.#store.get(this.#key)
    if (entry !== undefined && Buffer.compare(entry.value, sent) === 0) this.#revision = entry.revision
    this.#unanswered = undefined
  }
}
