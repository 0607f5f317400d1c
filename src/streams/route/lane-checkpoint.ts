/**
 * Owns: where a lane's next router goes on: a place, what is known there, and the ids it must remember; and its codec.
 * Never: deciding when a place may be written (router.ts: only what every shard acknowledged).
 *
 * Ids are many and only ever added, so they are written once, in chunks that later checkpoints name again; what does
 * not fill a chunk yet stands in the checkpoint itself. A chunk's key names its writer: no two write the same one.
 *
 * Wire version 1: MessagePack [1, place, watermark, [accepted, routed, repeated, rejected], [chunk key…], ids].
 */

import { Failure } from "../../base/errors.ts"
import { REPEATS_PER_CHUNK } from "../../base/limits.ts"
import { Packer } from "../../wire/pack.ts"
import { Malformed, Unpacker } from "../../wire/unpack.ts"
import { listOf } from "../section.ts"
import type { Store } from "../store.ts"
import type { LaneState } from "./lane-router.ts"
import { type Occurrence, type RepeatLimits, Repeats } from "./repeats.ts"

export const LANE_CHECKPOINT_WIRE = 1

export interface LaneCheckpoint {
  readonly state: LaneState
  readonly chunks: readonly string[]
  readonly tail: readonly Occurrence[]
}

/** A chunk of ids that a checkpoint names is not there: going on would count repeats twice. */
export class MissingChunk extends Failure {
  override readonly name = "MissingChunk"
  readonly tag = "MissingChunk"
  readonly verdict = "stop"
}

const OCCURRENCE_BYTES = 12

/** Hashes as two uint32, then milliseconds since the first one's arrival. */
export function encodeOccurrences(occurrences: readonly Occurrence[]): Uint8Array {
  const bytes = Buffer.alloc(8 + occurrences.length * OCCURRENCE_BYTES)
  const first = occurrences[0]?.arrivedAt ?? 0
  bytes.writeDoubleLE(first, 0)
  occurrences.forEach(({ high, low, arrivedAt }, i) => {
    const at = 8 + i * OCCURRENCE_BYTES
    bytes.writeUInt32LE(high, at)
    bytes.writeUInt32LE(low, at + 4)
    bytes.writeUInt32LE(arrivedAt - first, at + 8)
  })
  return bytes
}

export function decodeOccurrences(bytes: Uint8Array): Occurrence[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < 8 || (view.length - 8) % OCCURRENCE_BYTES !== 0) throw new Malformed("ids of a lane, cut short")
  const first = view.readDoubleLE(0)
  const made: Occurrence[] = []
  for (let at = 8; at < view.length; at += OCCURRENCE_BYTES) {
    const [high, low] = [view.readUInt32LE(at), view.readUInt32LE(at + 4)]
    made.push({ high, low, arrivedAt: first + view.readUInt32LE(at + 8) })
  }
  return made
}

export function encodeLaneCheckpoint({ state, chunks, tail }: LaneCheckpoint): Uint8Array {
  const { accepted, routed, repeated, rejected } = state.counts
  const packer = new Packer(Buffer.allocUnsafe(1_024))
  packer.arrayHeader(6)
  packer.number(LANE_CHECKPOINT_WIRE)
  packer.number(state.place)
  packer.number(state.watermark)
  packer.value([accepted, routed, repeated, rejected])
  packer.value(chunks)
  packer.value(encodeOccurrences(tail))
  return packer.written
}

export function decodeLaneCheckpoint(bytes: Uint8Array): LaneCheckpoint {
  const unpacker = new Unpacker()
  const state = readState(unpacker, bytes)
  const chunks = listOf(unpacker, () => unpacker.string())
  const tail = decodeOccurrences(unpacker.bytes())
  unpacker.finish()
  return { state, chunks, tail }
}

/** For those who only look: the ids stay bytes. */
export const decodeLaneState = (bytes: Uint8Array): LaneState => readState(new Unpacker(), bytes)

function readState(unpacker: Unpacker, bytes: Uint8Array): LaneState {
  unpacker.start(bytes)
  unpacker.expectArray(6)
  const wire = unpacker.number()
  if (wire !== LANE_CHECKPOINT_WIRE) {
    throw new Malformed(`a lane checkpoint of wire version ${wire}; this build reads ${LANE_CHECKPOINT_WIRE}`)
  }
  const place = unpacker.number()
  const watermark = unpacker.number()
  unpacker.expectArray(4)
  const [accepted, routed, repeated, rejected] = [
    unpacker.number(),
    unpacker.number(),
    unpacker.number(),
    unpacker.number(),
  ]
  return { place, watermark, counts: { accepted, routed, repeated, rejected } }
}

interface Chunk {
  readonly key: string
  /** One more than its last occurrence, as this run's Repeats numbers them. */
  readonly upto: number
}

/** What was remembered at one moment. */
export interface IdsMark {
  /** Occurrences of [start, end) were. */
  readonly start: number
  readonly end: number
  /** Those that stand in no chunk yet: the last ones up to `end`. */
  readonly unwritten: readonly Occurrence[]
}

/** A lane's remembered ids, and the chunks that hold them. One for each run of a lane's router. */
export class KeptRepeats {
  readonly repeats: Repeats
  readonly #store: Store
  readonly #prefix: string
  /** Oldest first. */
  #chunks: readonly Chunk[] = []
  /** Occurrences below it stand in chunks. */
  #written = 0
  #next = 0

  /** `prefix`: of the keys of its chunks; no two runs have the same. */
  constructor(store: Store, prefix: string, limits: RepeatLimits) {
    this.#store = store
    this.#prefix = prefix
    this.repeats = new Repeats(limits)
  }

  /** Takes up what a checkpoint names, in the order it came. Once, before anything else. */
  async restore({ chunks, tail }: LaneCheckpoint): Promise<void> {
    const entries = await Promise.all(chunks.map((key) => this.#store.get(key)))
    this.#chunks = entries.map((entry, i) => {
      const key = chunks[i]!
      if (entry === undefined) throw missing(key)
      for (const occurrence of decodeOccurrences(entry.value)) this.repeats.restore(occurrence)
      return { key, upto: this.repeats.end }
    })
    this.#written = this.repeats.end
    for (const occurrence of tail) this.repeats.restore(occurrence)
  }

  get unwritten(): number {
    return this.repeats.end - this.#written
  }

  /** The ids that a checkpoint of this moment remembers, whatever the window has dropped by the time it is written. */
  mark(): IdsMark {
    const { start, end } = this.repeats
    return { start, end, unwritten: [...this.repeats.occurrences(this.#written, end)] }
  }

  /** All ids of the mark, as a checkpoint names them; what it names is in the store. */
  async upTo({ start, end, unwritten }: IdsMark): Promise<Pick<LaneCheckpoint, "chunks" | "tail">> {
    const base = end - unwritten.length
    const between = (from: number, to: number) => unwritten.slice(Math.max(0, from - base), Math.max(0, to - base))
    while (end - this.#written >= REPEATS_PER_CHUNK) {
      const upto = this.#written + REPEATS_PER_CHUNK
      const key = `${this.#prefix}.${this.#next}`
      await this.#store.put(key, encodeOccurrences(between(this.#written, upto)))
      this.#next++
      this.#chunks = [...this.#chunks, { key, upto }]
      this.#written = upto
    }
    const needed = this.#chunks.filter(({ upto }) => upto > start)
    return { chunks: needed.map(({ key }) => key), tail: between(this.#written, end) }
  }

  /** After a checkpoint that names only these was written: nothing names the others any more. */
  async forgetAllBut(named: readonly string[]): Promise<void> {
    const kept = new Set(named)
    for (const chunk of this.#chunks) {
      if (kept.has(chunk.key)) continue
      await this.#store.remove(chunk.key)
      this.#chunks = this.#chunks.filter((each) => each !== chunk)
    }
  }
}

function missing(key: string): MissingChunk {
  const reason = `the chunk of ids ${key} is not there`
  return new MissingChunk({ operation: "taking over a lane", reason, hint: "restore the state bucket, or reprocess" })
}
