/** Owns: a spill file in memory: for tests and simulation. Never: a disk. */

import { assert } from "../../base/assert.ts"
import type { SpillFile } from "./spill-file.ts"

export class MemorySpillFile implements SpillFile {
  #bytes = Buffer.alloc(0)
  #closed = false

  read(into: Uint8Array, at: number): void {
    assert(!this.#closed && at + into.length <= this.#bytes.length, "a spill file is read where nothing was written")
    into.set(this.#bytes.subarray(at, at + into.length))
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    assert(!this.#closed, "a spill file is written after its end")
    const end = at + bytes.length
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, at)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#bytes = Buffer.alloc(0)
  }
}
