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
  /** What is not in memory, as it is when this is called; undefined: it does not exist. */
  readonly cold: (names: readonly string[]) => Promise<readonly (Uint8Array | undefined)[]>
}

/** Cold ones are read so many at a time. */
const AT_ONCE = 64

export class OpenDelta {
  readonly #terms: DeltaTerms
  readonly #names: readonly string[]
  /** Of names that are still to be written, those that changed since. */
  readonly #before = new Map<string, Entry>()
  readonly #left: Set<string>

  constructor(terms: DeltaTerms, names: Iterable<string>) {
    this.#terms = terms
    this.#names = [...names].sort(byRing)
    this.#left = new Set(this.#names)
  }

  get size(): number {
    return this.#names.length
  }

  beforeChange(name: string, instance: Instance | undefined): void {
    if (!this.#left.has(name) || this.#before.has(name)) return
    this.#before.set(name, this.#entryOf(name, instance))
  }

  /** All of them, in the order of the ring. */
  async *entries(): AsyncIterable<readonly Entry[]> {
    for (let from = 0; from < this.#names.length; from += AT_ONCE) {
      const names = this.#names.slice(from, from + AT_ONCE)
      const entries = names.map((name) => this.#atHand(name))
      const elsewhere = names.filter((_, i) => entries[i] === undefined)
      if (elsewhere.length === 0) {
        yield entries as readonly Entry[]
        continue
      }
      const found = await this.#terms.cold(elsewhere)
      const cold = new Map(elsewhere.map((name, i) => [name, this.#take(name) ?? coldEntry(name, found[i])]))
      yield names.map((name, i) => entries[i] ?? cold.get(name)!)
    }
  }

  /** What can be had without waiting: afterwards it may change, or be sent away. */
  #atHand(name: string): Entry | undefined {
    const before = this.#take(name)
    if (before !== undefined) return before
    const instance = this.#terms.resident(name)
    if (instance === undefined) return undefined
    this.#left.delete(name)
    return this.#entryOf(name, instance)
  }

  /** As it was before it changed, if it did. */
  #take(name: string): Entry | undefined {
    const before = this.#before.get(name)
    if (before === undefined) return undefined
    this.#before.delete(name)
    this.#left.delete(name)
    return before
  }

  #entryOf(name: string, instance: Instance | undefined): Entry {
    if (instance === undefined) return { name, filedAt: Number.POSITIVE_INFINITY, bytes: undefined }
    return { name, filedAt: instance.filedAt, bytes: this.#terms.encode(instance) }
  }
}

function coldEntry(name: string, bytes: Uint8Array | undefined): Entry {
  return { name, filedAt: bytes === undefined ? Number.POSITIVE_INFINITY : filedAtOf(bytes), bytes }
}
