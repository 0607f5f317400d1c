/**
 * Owns: a state bucket in a local file: for benchmarks whose figure is what a runner takes, not what a server takes.
 * Never: for anything that must last: its keys are in memory.
 */

import type { SpillFile } from "../actors/spill/spill-file.ts"
import { assert } from "../base/assert.ts"
import { Conflict, type Entry, type Store, type WriteOptions } from "../streams/store.ts"

const BLOCK_BYTES = 16_384

interface Held {
  readonly at: number
  readonly blocks: number
  readonly length: number
  readonly revision: number
}

export class DiskStore implements Store {
  readonly #file: SpillFile
  readonly #held = new Map<string, Held>()
  /** By length in blocks. */
  readonly #free = new Map<number, number[]>()
  #blocks = 0
  #revision = 0

  constructor(file: SpillFile) {
    this.#file = file
  }

  async get(key: string): Promise<Entry | undefined> {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    const value = new Uint8Array(held.length)
    this.#file.read(value, held.at * BLOCK_BYTES)
    return { key, value, revision: held.revision }
  }

  async put(key: string, value: Uint8Array, { revision, ttlMs }: WriteOptions = {}): Promise<number> {
    assert(ttlMs === undefined, "nothing expires here")
    this.#compare(key, revision)
    const blocks = Math.max(1, Math.ceil(value.length / BLOCK_BYTES))
    const at = this.#free.get(blocks)?.pop() ?? this.#blocks
    if (at === this.#blocks) this.#blocks += blocks
    const next = ++this.#revision
    await this.#file.write(value, at * BLOCK_BYTES)
    this.#drop(key)
    this.#held.set(key, { at, blocks, length: value.length, revision: next })
    return next
  }

  async remove(key: string, revision?: number): Promise<void> {
    this.#compare(key, revision)
    this.#drop(key)
  }

  async list(prefix: string): Promise<readonly Entry[]> {
    const entries = await Promise.all((await this.keys(prefix)).map((key) => this.get(key)))
    return entries.filter((entry) => entry !== undefined).toSorted((a, b) => a.revision - b.revision)
  }

  async keys(prefix: string): Promise<readonly string[]> {
    return [...this.#held.keys()].filter((key) => prefix === "" || key === prefix || key.startsWith(`${prefix}.`))
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #compare(key: string, revision: number | undefined): void {
    const actual = this.#held.get(key)?.revision ?? 0
    if (revision === undefined || revision === actual) return
    throw new Conflict({ operation: `write ${key}`, reason: `expected revision ${revision}, it is ${actual}` })
  }

  #drop(key: string): void {
    const held = this.#held.get(key)
    if (held === undefined) return
    this.#held.delete(key)
    const free = this.#free.get(held.blocks) ?? []
    if (free.length === 0) this.#free.set(held.blocks, free)
    free.push(held.at)
  }
}
