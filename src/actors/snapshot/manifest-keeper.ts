/**
 * Owns: the manifest's key: taking it over, and writing it over what one wrote or took over oneself, or not at all.
 * Never: what it says.
 *
 * A4 from the moment a manifest is taken over with a higher epoch, whoever had it before fails to write it, for ever.
 */

import type { Point } from "../../streams/frame.ts"
import { Conflict, type Store } from "../../streams/store.ts"
import { Fenced } from "../outbox.ts"
import { decodeManifest, emptyManifest, encodeManifest, type Manifest } from "./manifest.ts"
import { manifestKey, type Values } from "./values.ts"

export interface KeeperTerms {
  readonly store: Store
  readonly values: Values
  readonly generation: number
  readonly shard: number
}

export class ManifestKeeper {
  readonly #terms: KeeperTerms
  readonly #key: string
  #revision = 0

  constructor(terms: KeeperTerms) {
    this.#terms = terms
    this.#key = manifestKey(terms.shard)
  }

  /** What stands there, with our epoch in it: nothing that it names has been read yet. */
  take(epoch: number, start: Point): Promise<Manifest> {
    const { store, values, generation, shard } = this.#terms
    return values.retrying(`take over ${this.#key}`, async () => {
      for (;;) {
        const entry = await store.get(this.#key)
        const before =
          entry === undefined ? emptyManifest(generation, shard, epoch, start) : decodeManifest(entry.value)
        if (before.epoch > epoch) throw this.#fenced(before.epoch)
        const taken = { ...before, epoch }
        try {
          this.#revision = await store.put(this.#key, encodeManifest(taken), { revision: entry?.revision ?? 0 })
          return taken
        } catch (error) {
          // The one before us wrote in between; what it wrote is what there is to take over.
          if (!(error instanceof Conflict)) throw error
        }
      }
    })
  }

  /** Resolves once it stands there. Throws Fenced when somebody else's does. */
  async write(manifest: Manifest): Promise<void> {
    const { store, values } = this.#terms
    const bytes = encodeManifest(manifest)
    await values.retrying(`write ${this.#key}`, async () => {
      try {
        this.#revision = await store.put(this.#key, bytes, { revision: this.#revision })
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        // An earlier try of ours may have arrived without an answer.
        const entry = await store.get(this.#key)
        if (entry === undefined || Buffer.compare(entry.value, bytes) !== 0) {
          throw this.#fenced(entry === undefined ? undefined : decodeManifest(entry.value).epoch)
        }
        this.#revision = entry.revision
      }
    })
  }

  #fenced(by: number | undefined): Fenced {
    const reason = by === undefined ? "it was removed" : `epoch ${by} has it`
    return new Fenced({ operation: `write ${this.#key}`, reason })
  }
}
