/**
 * Owns: a shard's state beside its instances, in wire form. Never: instances, deadlines.
 *
 * Wire version 1: MessagePack [1, sequence, step, within, [lane…], closedUpTo, counts, [letter id, arrivedAt, …],
 * arrivedAt]; lane [lane, taken, watermarks, [[[lane, place]…]…]].
 */

import { malformed, packing, type Unpacking, unpacking } from "../streams/packing.ts"
import { listOf } from "../streams/section.ts"
import type { LaneCore, LetterCore, ShardCore } from "./shard.ts"

export const CORE_WIRE = 1

export function encodeCore({ point, within, lanes, closedUpTo, counts, letters, arrivedAt }: ShardCore): Uint8Array {
  return packing((packer) => {
    packer.arrayHeader(9)
    for (const each of [CORE_WIRE, point.sequence, point.step, within]) packer.number(each)
    packer.value(lanes.map((each) => [each.lane, each.taken, each.watermarks, each.coverage]))
    packer.value(closedUpTo)
    packer.value(counts)
    packer.value(letters.flatMap((letter) => [letter.id, letter.arrivedAt]))
    packer.number(arrivedAt)
  })
}

/** Throws Malformed for a wire version that this build does not read. */
export function decodeCore(bytes: Uint8Array): ShardCore {
  return unpacking(bytes, (unpacker) => {
    unpacker.expectArray(9)
    const wire = unpacker.number()
    if (wire !== CORE_WIRE) throw malformed(`a shard's state of wire version ${wire}; this build reads ${CORE_WIRE}`)
    return {
      point: { sequence: unpacker.number(), step: unpacker.number() },
      within: unpacker.number(),
      lanes: listOf(unpacker, readLane),
      closedUpTo: listOf(unpacker, number),
      counts: listOf(unpacker, number),
      letters: readLetters(unpacker),
      arrivedAt: unpacker.number(),
    }
  })
}

const number = (unpacker: Unpacking) => unpacker.number()

function readLane(unpacker: Unpacking): LaneCore {
  unpacker.expectArray(4)
  return {
    lane: unpacker.number(),
    taken: unpacker.number(),
    watermarks: listOf(unpacker, number),
    coverage: listOf(unpacker, () => listOf(unpacker, readPair)),
  }
}

function readPair(unpacker: Unpacking): readonly [number, number] {
  unpacker.expectArray(2)
  return [unpacker.number(), unpacker.number()]
}

function readLetters(unpacker: Unpacking): readonly LetterCore[] {
  const length = unpacker.arrayLength()
  const letters: LetterCore[] = []
  for (let i = 0; i < length; i += 2) letters.push({ id: unpacker.string(), arrivedAt: unpacker.number() })
  return letters
}
