/**
 * Owns: reading the parts of a frame, each only when it is asked for. Never: bytes of strangers; what is wrong here was
 * written by a build that this one does not know, and the reader must stop (Malformed).
 */

import { Malformed, Unpacker } from "../wire/unpack.ts"
import {
  type Counts,
  type DeadLetter,
  type Emitted,
  FRAME_WIRE,
  type Frame,
  type FrameFact,
  type FrameHead,
  type LateLetter,
  type Letters,
  type ViewRow,
  type ViewRows,
} from "./frame.ts"
import { listOf, unpackRejected } from "./section.ts"

/** A frame whose parts are still bytes. */
export class FrameReader {
  readonly #parts: readonly Uint8Array[]

  constructor(bytes: Uint8Array) {
    const unpacker = new Unpacker()
    unpacker.start(bytes)
    unpacker.expectArray(6)
    const wire = unpacker.number()
    if (wire !== FRAME_WIRE) throw new Malformed(`a frame of wire version ${wire}; this build reads ${FRAME_WIRE}`)
    this.#parts = Array.from({ length: 5 }, () => unpacker.bytes())
    unpacker.finish()
  }

  head(): FrameHead {
    return this.#read(0, readHead)
  }

  views(): readonly ViewRows[] {
    return this.#read(1, (unpacker) => listOf(unpacker, readViews))
  }

  emits(): readonly Emitted[] {
    return this.#read(2, (unpacker) => listOf(unpacker, readEmit))
  }

  facts(): readonly FrameFact[] {
    return this.#read(3, (unpacker) => listOf(unpacker, readFact))
  }

  letters(): Letters {
    return this.#read(4, readLetters)
  }

  whole(): Frame {
    return { head: this.head(), views: this.views(), emits: this.emits(), facts: this.facts(), ...this.letters() }
  }

  #read<T>(part: number, read: (unpacker: Unpacker) => T): T {
    const unpacker = new Unpacker()
    unpacker.start(this.#parts[part]!)
    const value = read(unpacker)
    unpacker.finish()
    return value
  }
}

export function readLetters(unpacker: Unpacker): Letters {
  unpacker.expectArray(2)
  return { late: listOf(unpacker, readLate), dead: listOf(unpacker, readDead) }
}

const pair = (unpacker: Unpacker): readonly [number, number] => {
  unpacker.expectArray(2)
  return [unpacker.number(), unpacker.number()]
}
const number = (unpacker: Unpacker) => unpacker.number()

function readHead(unpacker: Unpacker): FrameHead {
  unpacker.expectArray(13)
  return {
    generation: unpacker.number(),
    shard: unpacker.number(),
    epoch: unpacker.number(),
    n: unpacker.number(),
    writer: unpacker.string(),
    from: { sequence: unpacker.number(), step: unpacker.number() },
    to: { sequence: unpacker.number(), step: unpacker.number() },
    taken: listOf(unpacker, pair),
    ...readProgress(unpacker),
    deadlines: listOf(unpacker, () => unpacker.nullOr(() => unpacker.number())),
    counts: readCounts(unpacker),
  }
}

function readProgress(unpacker: Unpacker): Pick<FrameHead, "watermarks" | "coverage"> {
  unpacker.expectArray(2)
  return { watermarks: listOf(unpacker, number), coverage: listOf(unpacker, () => listOf(unpacker, pair)) }
}

function readCounts(unpacker: Unpacker): Counts {
  unpacker.expectArray(7)
  return {
    delivered: unpacker.number(),
    applied: unpacker.number(),
    late: unpacker.number(),
    dead: unpacker.number(),
    rejected: unpacker.number(),
    emitted: unpacker.number(),
    closed: unpacker.number(),
  }
}

function readViews(unpacker: Unpacker): ViewRows {
  unpacker.expectArray(2)
  return { view: unpacker.number(), rows: listOf(unpacker, readRow) }
}

function readRow(unpacker: Unpacker): ViewRow {
  unpacker.expectArray(7)
  const tenant = unpacker.string()
  const key = unpacker.string()
  const start = unpacker.nullOr(() => unpacker.number())
  const end = unpacker.nullOr(() => unpacker.number())
  return {
    tenant,
    key,
    window: start === null || end === null ? null : [start, end],
    closed: unpacker.boolean(),
    updatedAt: unpacker.number(),
    values: unpacker.nullOr(() => listOf(unpacker, () => unpacker.value())),
  }
}

function readEmit(unpacker: Unpacker): Emitted {
  unpacker.expectArray(8)
  return {
    tenant: unpacker.string(),
    type: unpacker.string(),
    version: unpacker.number(),
    id: unpacker.string(),
    time: unpacker.number(),
    stamp: unpacker.number(),
    stage: unpacker.number(),
    data: unpacker.value(),
  }
}

function readFact(unpacker: Unpacker): FrameFact {
  unpacker.expectArray(10)
  return {
    lane: unpacker.number(),
    place: unpacker.number(),
    arrivedAt: unpacker.number(),
    index: unpacker.number(),
    id: unpacker.string(),
    tenant: unpacker.string(),
    type: unpacker.string(),
    key: unpacker.string(),
    time: unpacker.number(),
    data: unpacker.value(),
  }
}

function readLate(unpacker: Unpacker): LateLetter {
  unpacker.expectArray(10)
  return {
    tenant: unpacker.string(),
    actor: unpacker.number(),
    key: unpacker.string(),
    type: unpacker.number(),
    lane: unpacker.number(),
    place: unpacker.number(),
    index: unpacker.number(),
    time: unpacker.number(),
    stamp: unpacker.number(),
    missed: listOf(unpacker, () => {
      unpacker.expectArray(2)
      return [unpacker.string(), unpacker.number()] as const
    }),
  }
}

function readDead(unpacker: Unpacker): DeadLetter {
  unpacker.expectArray(4)
  const lane = unpacker.number()
  const place = unpacker.number()
  const key = unpacker.nullOr(() => unpacker.string())
  return { lane, place, key, ...unpackRejected(unpacker) }
}
