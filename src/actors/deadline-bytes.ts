/**
 * Owns: deadlines as bytes: a time as float64, a name's length as uint16, the name. Never: which of them are near.
 *
 * What fills a block goes to the file, and its memory is free again once it is written.
 */

import { DEADLINE_BLOCK_BYTES, SPILL_CHUNKS_IN_FLIGHT_MAX } from "../base/limits.ts"
import type { SpillFile } from "./spill/spill-file.ts"

const HEADER_BYTES = 10
const FIRST_BYTES = 256

export type Place = (at: number, name: string) => void

/** Deadlines of one stretch of time. */
export interface Pile {
  /** The earliest of them. */
  min: number
  count: number
  /** Of the file: block numbers, and how much of each is used. */
  readonly blocks: number[]
  readonly used: number[]
  buffer: Buffer | undefined
  filled: number
}

export function emptyPile(): Pile {
  return { min: Number.POSITIVE_INFINITY, count: 0, blocks: [], used: [], buffer: undefined, filled: 0 }
}

export class DeadlineBytes {
  readonly #file: SpillFile
  readonly #free: number[] = []
  #blocks = 0
  readonly #writing = new Map<number, Buffer>()
  readonly #writes = new Set<Promise<void>>()
  #failure: unknown
  /** In memory, of all piles. */
  buffered = 0

  constructor(file: SpillFile) {
    this.#file = file
  }

  get pressed(): boolean {
    return this.#writes.size > SPILL_CHUNKS_IN_FLIGHT_MAX || this.#failure !== undefined
  }

  async settle(): Promise<void> {
    await Promise.all([...this.#writes])
    if (this.#failure !== undefined) throw this.#failure
  }

  add(pile: Pile, at: number, name: string): void {
    const length = HEADER_BYTES + Buffer.byteLength(name)
    if (pile.filled + length > DEADLINE_BLOCK_BYTES) this.flush(pile)
    const buffer = this.#room(pile, length)
    buffer.writeDoubleLE(at, pile.filled)
    buffer.writeUInt16LE(length - HEADER_BYTES, pile.filled + 8)
    buffer.write(name, pile.filled + HEADER_BYTES, "utf8")
    pile.filled += length
    pile.count++
    if (at < pile.min) pile.min = at
  }

  /** What is in memory goes to the file. */
  flush(pile: Pile): void {
    const { buffer, filled } = pile
    if (buffer === undefined) return
    const block = this.#free.pop() ?? this.#blocks++
    pile.blocks.push(block)
    pile.used.push(filled)
    pile.buffer = undefined
    pile.filled = 0
    this.buffered -= buffer.length
    this.#writing.set(block, buffer)
    const write = this.#file
      .write(buffer.subarray(0, filled), block * DEADLINE_BLOCK_BYTES)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#writes.delete(write)
        this.#writing.delete(block)
      })
    this.#writes.add(write)
  }

  /** All that is in the pile; its room is free again. */
  async empty(pile: Pile, place: Place): Promise<void> {
    for (let i = 0; i < pile.blocks.length; i++) {
      const block = pile.blocks[i]!
      const bytes = this.#writing.get(block) ?? this.#read(block, pile.used[i]!)
      each(bytes, pile.used[i]!, place)
      // Written over only when its own write is over.
      if (this.#writing.has(block)) await this.settle()
      this.#free.push(block)
    }
    const { buffer, filled } = pile
    if (buffer === undefined) return
    this.buffered -= buffer.length
    each(buffer, filled, place)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writes])
    await this.#file.close()
  }

  #read(block: number, used: number): Buffer {
    const bytes = Buffer.allocUnsafe(used)
    this.#file.read(bytes, block * DEADLINE_BLOCK_BYTES)
    return bytes
  }

  #room(pile: Pile, length: number): Buffer {
    const { buffer, filled } = pile
    if (buffer !== undefined && filled + length <= buffer.length) return buffer
    const wanted = Math.max(FIRST_BYTES, (buffer?.length ?? 0) * 2, filled + length)
    const larger = Buffer.allocUnsafeSlow(Math.max(Math.min(wanted, DEADLINE_BLOCK_BYTES), filled + length))
    buffer?.copy(larger, 0, 0, filled)
    this.buffered += larger.length - (buffer?.length ?? 0)
    pile.buffer = larger
    return larger
  }
}

function each(bytes: Buffer, used: number, place: Place): void {
  for (let at = 0; at < used; ) {
    const end = at + HEADER_BYTES + bytes.readUInt16LE(at + 8)
    place(bytes.readDoubleLE(at), bytes.toString("utf8", at + HEADER_BYTES, end))
    at = end
  }
}
