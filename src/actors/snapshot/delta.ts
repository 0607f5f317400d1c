/**
 * Owns: the instances that changed since the last snapshot, each as it was when a frame was cut, though steps go on:
 * what is about to change and was not written yet is encoded first (copy on write).
 * Never: which of them are in memory, or writing.
 *
 * X1 what a delta says of an instance is its state where the delta was opened, whatever happened to it since.
 */

import { filedAtOf } from "../instance.codec.ts"
import type { Instance } from "../instance.ts"
import { byRing, type Entry } from "./entries.ts"

export interface DeltaTerms {
  readonly encode: (instance: Instance) => Uint8Array
  /** As it is in memory; undefined: it is not. */
  readonly resident: (name: string) => Instance | undefined
  /** What is not in memory; undefined: it does not exist. */
  readonly cold: (name: string) => Uint8Array | undefined
}

export class OpenDelta {
  readonly #terms: DeltaTerms
  readonly #names: readonly string[]
  /** Of names that are still to be written, those that changed since. */
  readonly #before = new Map<string, Entry>()
  readonly #left: Set<string>

  constructor(terms: DeltaTerms, names: Iterable<string>) {
    this.#terms = terms
    this.#names = byRing([...names], (name) => name)
    this.#left = new Set(this.#names)
  }

  get size(): number {
    return this.#names.length
  }

  beforeChange(name: string, instance: Instance | undefined): void {
    if (!this.#left.has(name) || this.#before.has(name)) return
    this.#before.set(name, this.#entryOf(name, instance))
  }

  /** All of them, in the order of the ring. Steps may go on between two. */
  *entries(): Iterable<Entry> {
    for (const name of this.#names) {
      const before = this.#before.get(name)
      this.#before.delete(name)
      this.#left.delete(name)
      yield before ?? this.#now(name)
    }
  }

  #now(name: string): Entry {
    const instance = this.#terms.resident(name)
    if (instance !== undefined) return this.#entryOf(name, instance)
    const bytes = this.#terms.cold(name)
    return { name, filedAt: bytes === undefined ? Number.POSITIVE_INFINITY : filedAtOf(bytes), bytes }
  }

  #entryOf(name: string, instance: Instance | undefined): Entry {
    if (instance === undefined) return { name, filedAt: Number.POSITIVE_INFINITY, bytes: undefined }
    return { name, filedAt: instance.filedAt, bytes: this.#terms.encode(instance) }
  }
}
