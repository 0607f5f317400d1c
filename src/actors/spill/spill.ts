/**
 * Owns: cold instances as records of a local file: appended, read back by name or place, given up, compacted.
 * Never: what a record's bytes mean, or anything that must outlive the process.
 *
 * S1 what was put is there until it is taken.
 * S2 the file is at most about twice as large as what is alive in it: segments that are mostly dead are written anew.
 * S3 memory is bounded by the index (ten bytes a record) and the portions that are on their way to the file.
 *
 * A record: its length and its print as uint32, its name's length as uint16, name, bytes; filled up to whole units.
 */

import { assert } from "../../base/assert.ts"
import {
  SPILL_CHUNK_BYTES,
  SPILL_CHUNKS_IN_FLIGHT_MAX,
  SPILL_RECORD_BYTES_MAX,
  SPILL_SEGMENT_BYTES,
} from "../../base/limits.ts"
import { printOf } from "../name-hash.ts"
import { PlaceIndex } from "./place-index.ts"
import type { SpillFile } from "./spill-file.ts"

const UNIT_BYTES = 16
const SEGMENT_UNITS = SPILL_SEGMENT_BYTES / UNIT_BYTES
const HEADER_BYTES = 10

interface SpillRecord {
  readonly name: string
  readonly place: number
  readonly units: number
  readonly bytes: Uint8Array
}

/** A portion of the file that is not written yet. */
interface Chunk {
  /** In units. */
  readonly at: number
  readonly bytes: Buffer
  used: number
  writing: boolean
}

interface Segment {
  /** Units that hold records, and those of them that count. */
  filled: number
  live: number
}

export interface SpillOptions {
  readonly file: SpillFile
  /** For tests: a hash under which many names meet. */
  readonly print?: (name: string) => number
}

export class Spill {
  readonly #file: SpillFile
  readonly #print: (name: string) => number
  readonly #index = new PlaceIndex()
  readonly #segments: Segment[] = []
  #free: number[] = []
  /** Empty, but writes to them may still be under way. */
  #emptied: number[] = []
  #open = -1
  #chunk: Chunk | undefined
  readonly #writing = new Set<Chunk>()
  readonly #writes = new Set<Promise<void>>()
  #failure: unknown

  constructor({ file, print = printOf }: SpillOptions) {
    this.#file = file
    this.#print = print
  }

  get size(): number {
    return this.#index.size
  }

  /** Of the file. */
  get bytes(): number {
    return this.#segments.length * SPILL_SEGMENT_BYTES
  }

  /** Whether a record of such a name may be there. */
  mayHave(name: string): boolean {
    return this.#index.hasAny(this.#print(name))
  }

  /** False: it is too large to be spilled. */
  put(name: string, bytes: Uint8Array): boolean {
    if (this.#failure !== undefined) throw this.#failure
    const print = this.#print(name)
    const nameBytes = Buffer.byteLength(name)
    const length = HEADER_BYTES + nameBytes + bytes.length
    if (length > SPILL_RECORD_BYTES_MAX) return false
    const units = Math.ceil(length / UNIT_BYTES)
    const [chunk, at] = this.#room(units)
    chunk.bytes.writeUInt32LE(length, at)
    chunk.bytes.writeUInt32LE(print, at + 4)
    chunk.bytes.writeUInt16LE(nameBytes, at + 8)
    chunk.bytes.write(name, at + HEADER_BYTES, "utf8")
    chunk.bytes.set(bytes, at + HEADER_BYTES + nameBytes)
    this.#index.add(print, chunk.at + at / UNIT_BYTES + 1, units)
    return true
  }

  /** By name, and it is theirs now who took it. Undefined: there is none. */
  take(name: string): Uint8Array | undefined {
    const print = this.#print(name)
    const record = this.#find(name, print)
    if (record === undefined) return undefined
    this.#index.remove(print, record.place)
    this.#dead(record.place, record.units)
    return record.bytes
  }

  peek(name: string): Uint8Array | undefined {
    return this.#find(name, this.#print(name))?.bytes
  }

  #find(name: string, print: number): SpillRecord | undefined {
    for (const [place, units] of this.#index.under(print)) {
      const record = recordIn(this.#bytesAt(place, units), place, units)
      if (record.name === name) return record
    }
    return undefined
  }

  /** Whether so much is under way that it should be waited for. */
  get pressed(): boolean {
    return this.#writes.size > SPILL_CHUNKS_IN_FLIGHT_MAX || this.#failure !== undefined
  }

  /** Everything that is under way is done. */
  async settle(): Promise<void> {
    await Promise.all([...this.#writes])
    if (this.#failure !== undefined) throw this.#failure
  }

  /** What is alive in one segment that is mostly dead moves elsewhere, if there is such a segment. */
  compact(): void {
    const number = this.#deadest()
    if (number === undefined) return
    const bytes = Buffer.allocUnsafeSlow(this.#segments[number]!.filled * UNIT_BYTES)
    this.#file.read(bytes, number * SPILL_SEGMENT_BYTES)
    for (let at = 0; at < bytes.length; ) {
      const length = bytes.readUInt32LE(at)
      assert(length >= HEADER_BYTES && at + length <= bytes.length, "a segment is a row of records")
      this.#moveIfAlive(bytes, at, number)
      at += Math.ceil(length / UNIT_BYTES) * UNIT_BYTES
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writes])
    await this.#file.close()
  }

  /** A place for so many units: the chunk, and where in it. */
  #room(units: number): [Chunk, number] {
    const bytes = units * UNIT_BYTES
    let chunk = this.#chunk
    if (chunk === undefined || chunk.used + bytes > chunk.bytes.length) chunk = this.#nextChunk(units)
    const at = chunk.used
    // What was there before must not show between records.
    chunk.bytes.fill(0, at + bytes - UNIT_BYTES, at + bytes)
    chunk.used += bytes
    const segment = this.#segments[this.#open]!
    segment.filled += units
    segment.live += units
    return [chunk, at]
  }

  #nextChunk(units: number): Chunk {
    this.#seal()
    let segment = this.#segments[this.#open]
    if (segment === undefined || segment.filled + units > SEGMENT_UNITS) {
      this.#open = this.#newSegment()
      segment = this.#segments[this.#open]!
    }
    const left = (SEGMENT_UNITS - segment.filled) * UNIT_BYTES
    const bytes = Buffer.allocUnsafeSlow(Math.max(Math.min(SPILL_CHUNK_BYTES, left), units * UNIT_BYTES))
    const chunk = { at: this.#open * SEGMENT_UNITS + segment.filled, bytes, used: 0, writing: false }
    this.#chunk = chunk
    this.#writing.add(chunk)
    return chunk
  }

  #newSegment(): number {
    const previous = this.#open
    this.#open = -1
    if (previous >= 0 && this.#segments[previous]!.live === 0) this.#emptied.push(previous)
    this.#release()
    const free = this.#free.pop()
    if (free !== undefined) {
      this.#segments[free] = { filled: 0, live: 0 }
      return free
    }
    this.#segments.push({ filled: 0, live: 0 })
    return this.#segments.length - 1
  }

  #seal(): void {
    const chunk = this.#chunk
    if (chunk === undefined) return
    this.#chunk = undefined
    chunk.writing = true
    const write = this.#file
      .write(chunk.bytes.subarray(0, chunk.used), chunk.at * UNIT_BYTES)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#writing.delete(chunk)
        this.#writes.delete(write)
        this.#release()
      })
    this.#writes.add(write)
  }

  #dead(place: number, units: number): void {
    const number = segmentOf(place)
    const segment = this.#segments[number]!
    segment.live -= units
    if (segment.live === 0 && number !== this.#open) {
      this.#emptied.push(number)
      this.#release()
    }
  }

  /** What is empty may be written again once nothing that was written there is still under way. */
  #release(): void {
    if (this.#emptied.length === 0) return
    const busy = new Set([...this.#writing].map(({ at }) => Math.floor(at / SEGMENT_UNITS)))
    this.#free.push(...this.#emptied.filter((segment) => !busy.has(segment)))
    this.#emptied = this.#emptied.filter((segment) => busy.has(segment))
  }

  #bytesAt(place: number, units: number): Buffer {
    const at = place - 1
    for (const chunk of this.#writing) {
      const from = (at - chunk.at) * UNIT_BYTES
      if (from >= 0 && from < chunk.used) return Buffer.from(chunk.bytes.subarray(from, from + units * UNIT_BYTES))
    }
    const bytes = Buffer.allocUnsafe(units * UNIT_BYTES)
    this.#file.read(bytes, at * UNIT_BYTES)
    return bytes
  }

  #deadest(): number | undefined {
    let [filled, live] = [0, 0]
    let best: number | undefined
    let bestPart = 0.5
    const busy = new Set([...this.#writing].map(({ at }) => Math.floor(at / SEGMENT_UNITS)))
    this.#segments.forEach((segment, number) => {
      if (number === this.#open || segment.live === 0 || busy.has(number)) return
      filled += segment.filled
      live += segment.live
      const part = segment.live / segment.filled
      if (part < bestPart) [best, bestPart] = [number, part]
    })
    return filled > live * 1.5 ? best : undefined
  }

  #moveIfAlive(bytes: Buffer, at: number, segment: number): void {
    const from = segment * SEGMENT_UNITS + at / UNIT_BYTES + 1
    const print = bytes.readUInt32LE(at + 4)
    if (!this.#index.has(print, from)) return
    const length = bytes.readUInt32LE(at)
    const units = Math.ceil(length / UNIT_BYTES)
    const [chunk, to] = this.#room(units)
    bytes.copy(chunk.bytes, to, at, at + length)
    const place = chunk.at + to / UNIT_BYTES + 1
    this.#index.move(print, from, place)
    this.#dead(from, units)
  }
}

function segmentOf(place: number): number {
  return Math.floor((place - 1) / SEGMENT_UNITS)
}

function recordIn(bytes: Buffer, place: number, units: number): SpillRecord {
  const nameEnd = HEADER_BYTES + bytes.readUInt16LE(8)
  const name = bytes.toString("utf8", HEADER_BYTES, nameEnd)
  return { name, place, units, bytes: bytes.subarray(nameEnd, bytes.readUInt32LE(0)) }
}
