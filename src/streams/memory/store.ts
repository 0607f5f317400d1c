/** The store port in memory: deterministic, on the clock it is given. Never: timers; what has expired is found so. */

import type { Clock } from "../../base/clock.ts"
import { assertKey, assertTtl, Conflict, type Entry, type Store, StoreFull, type WriteOptions } from "../store.ts"

export interface MemoryStoreOptions {
  readonly clock: Clock
  readonly bytesMax?: number
}

interface Held extends Entry {
  readonly expiresAt: number
}

export class MemoryStore implements Store {
  readonly #clock: Clock
  readonly #bytesMax: number
  /** Oldest write first: a write moves its key to the end. */
  readonly #held = new Map<string, Held>()
  #revision = 0
  #bytes = 0

  constructor({ clock, bytesMax = Number.POSITIVE_INFINITY }: MemoryStoreOptions) {
    this.#clock = clock
    this.#bytesMax = bytesMax
  }

  async get(key: string): Promise<Entry | undefined> {
    assertKey(key)
    return this.#live(key)
  }

  async put(key: string, value: Uint8Array, { revision, ttlMs }: WriteOptions = {}): Promise<number> {
    assertKey(key)
    assertTtl(ttlMs)
    const operation = `put ${key}`
    this.#compare(operation, key, revision)
    const before = this.#held.get(key)?.value.length ?? 0
    if (this.#bytes - before + value.length > this.#bytesMax) {
      throw new StoreFull({ operation, reason: "the bucket is at its limit" })
    }
    this.#drop(key)
    const expiresAt = ttlMs === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + wholeSeconds(ttlMs)
    this.#held.set(key, { key, value: value.slice(), revision: ++this.#revision, expiresAt })
    this.#bytes += value.length
    return this.#revision
  }

  async remove(key: string, revision?: number): Promise<void> {
    assertKey(key)
    this.#compare(`remove ${key}`, key, revision)
    if (this.#drop(key)) this.#revision++
  }

  async keys(prefix: string): Promise<readonly string[]> {
    return (await this.list(prefix)).map(({ key }) => key)
  }

  async list(prefix: string): Promise<readonly Entry[]> {
    if (prefix !== "") assertKey(prefix)
    return [...this.#held.keys()]
      .filter((key) => prefix === "" || key === prefix || key.startsWith(`${prefix}.`))
      .flatMap((key) => this.#live(key) ?? [])
  }

  #live(key: string): Entry | undefined {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    if (held.expiresAt > this.#clock.now()) return { key, value: held.value.slice(), revision: held.revision }
    this.#drop(key)
    this.#revision++
    return undefined
  }

  #compare(operation: string, key: string, revision: number | undefined): void {
    const actual = this.#live(key)?.revision ?? 0
    if (revision === undefined || revision === actual) return
    throw new Conflict({ operation, reason: `expected revision ${revision}, it is ${actual}` })
  }

  #drop(key: string): boolean {
    const held = this.#held.get(key)
    if (held !== undefined) this.#bytes -= held.value.length
    return this.#held.delete(key)
  }
}

/** A server counts times to live in seconds. */
export const wholeSeconds = (ttlMs: number) => Math.ceil(ttlMs / 1000) * 1000
