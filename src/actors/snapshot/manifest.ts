/**
 * Owns: what a snapshot is: the manifest, which names every value it is made of, and its codec.
 * Never: reading or writing those values (values.ts, snapshots.ts).
 *
 * The state at `point`: of each instance the newest of its page and the deltas that the page does not hold yet (those
 * with a number above the page's `upto`). Each page says when its deadlines are, by stage: so what is due is known without
 * reading pages in which nothing is, and the index of deadlines need not be written down anywhere else.
 *
 * Wire version 1: MessagePack [1, generation, shard, epoch, sequence, step, core, [page…], [delta…], [kept…]];
 * value [epoch, number, parts, bytes], page [...value, from, upto, deadlines], delta [number, [[...value, from]…]],
 * kept [...value, name].
 */

import type { Point } from "../../streams/frame.ts"
import { malformed, type Packing, packing, type Unpacking, unpacking } from "../../streams/packing.ts"
import { listOf } from "../../streams/section.ts"

export const MANIFEST_WIRE = 1

/** A value of the bucket: written once, by the owner with that epoch. */
export interface ValueRef {
  readonly epoch: number
  readonly number: number
  /** None: it is empty and stands nowhere. */
  readonly parts: number
  readonly bytes: number
}

/** Instances from that place on the ring to the next page's. */
export interface PageRef extends ValueRef {
  readonly from: number
  /** It holds what deltas up to this number say. */
  readonly upto: number
  /**
   * By stage, the seconds in which its instances have deadlines, earliest first, PAGE_DEADLINES_MAX at most; the last of
   * so many stands for all that follow.
   */
  readonly deadlines: readonly (readonly number[])[]
}

export interface ChunkRef extends ValueRef {
  /** The place on the ring of its first instance. */
  readonly from: number
}

export interface DeltaRef {
  readonly number: number
  /** In the order of the ring. */
  readonly chunks: readonly ChunkRef[]
}

/** A manifest that stays, with all it names: for savepoints. */
export interface KeptRef extends ValueRef {
  readonly name: string
}

export interface Manifest {
  readonly generation: number
  readonly shard: number
  readonly epoch: number
  readonly point: Point
  /** All state but instances; undefined: nothing has happened yet. */
  readonly core: ValueRef | undefined
  /** Never none: the first one begins at 0. */
  readonly pages: readonly PageRef[]
  /** Oldest first. */
  readonly deltas: readonly DeltaRef[]
  readonly kept: readonly KeptRef[]
}

export function emptyManifest(generation: number, shard: number, epoch: number, point: Point): Manifest {
  return { generation, shard, epoch, point, core: undefined, pages: [emptyPage(epoch, 0, 0)], deltas: [], kept: [] }
}

export function emptyPage(epoch: number, from: number, upto: number): PageRef {
  return { epoch, number: 0, parts: 0, bytes: 0, from, upto, deadlines: [] }
}

/** The number of the newest delta there ever was. */
export function newestDelta({ deltas, pages }: Pick<Manifest, "deltas" | "pages">): number {
  return Math.max(
    0,
    ...deltas.map(({ number }) => number),
    pages.reduce((most, { upto }) => Math.max(most, upto), 0),
  )
}

/** All values that must stay while the manifest stands. */
export function namedBy({ core, pages, deltas, kept }: Manifest): readonly ValueRef[] {
  const all = [...(core === undefined ? [] : [core]), ...pages, ...deltas.flatMap(({ chunks }) => chunks), ...kept]
  return all.filter(({ parts }) => parts > 0)
}

export function encodeManifest({ generation, shard, epoch, point, core, pages, deltas, kept }: Manifest): Uint8Array {
  return packing((packer) => {
    packer.arrayHeader(10)
    for (const each of [MANIFEST_WIRE, generation, shard, epoch, point.sequence, point.step]) packer.number(each)
    if (core === undefined) packer.nil()
    else packValue(packer, core, 0)
    packer.arrayHeader(pages.length)
    for (const page of pages) {
      packValue(packer, page, 3)
      packer.number(page.from)
      packer.number(page.upto)
      packer.value(page.deadlines)
    }
    packer.arrayHeader(deltas.length)
    for (const { number, chunks } of deltas) {
      packer.arrayHeader(2)
      packer.number(number)
      packer.arrayHeader(chunks.length)
      for (const chunk of chunks) {
        packValue(packer, chunk, 1)
        packer.number(chunk.from)
      }
    }
    packer.arrayHeader(kept.length)
    for (const each of kept) {
      packValue(packer, each, 1)
      packer.string(each.name)
    }
  })
}

/** Throws Malformed for a wire version that this build does not read. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  return unpacking(bytes, (unpacker) => {
    const head = readHead(unpacker)
    const core = unpacker.nullOr(() => readValue(unpacker, 0)) ?? undefined
    const pages = listOf(unpacker, (from) => ({
      ...readValue(from, 3),
      from: from.number(),
      upto: from.number(),
      deadlines: listOf(from, () => listOf(from, () => from.number())),
    }))
    const deltas = listOf(unpacker, readDelta)
    const kept = listOf(unpacker, (from) => ({ ...readValue(from, 1), name: from.string() }))
    return { ...head, core, pages, deltas, kept }
  })
}

export function pointOfManifest(bytes: Uint8Array): Point {
  return unpacking(bytes, (unpacker) => {
    const { point } = readHead(unpacker)
    while (unpacker.left > 0) unpacker.value()
    return point
  })
}

function readHead(unpacker: Unpacking): Pick<Manifest, "generation" | "shard" | "epoch" | "point"> {
  unpacker.expectArray(10)
  const wire = unpacker.number()
  if (wire !== MANIFEST_WIRE) throw malformed(`a manifest of wire version ${wire}; this build reads ${MANIFEST_WIRE}`)
  return {
    generation: unpacker.number(),
    shard: unpacker.number(),
    epoch: unpacker.number(),
    point: { sequence: unpacker.number(), step: unpacker.number() },
  }
}

function readDelta(unpacker: Unpacking): DeltaRef {
  unpacker.expectArray(2)
  const number = unpacker.number()
  return { number, chunks: listOf(unpacker, (from) => ({ ...readValue(from, 1), from: from.number() })) }
}

function packValue(packer: Packing, { epoch, number, parts, bytes }: ValueRef, more: number): void {
  packer.arrayHeader(4 + more)
  packer.number(epoch)
  packer.number(number)
  packer.number(parts)
  packer.number(bytes)
}

function readValue(unpacker: Unpacking, more: number): ValueRef {
  unpacker.expectArray(4 + more)
  const [epoch, number, parts, bytes] = [unpacker.number(), unpacker.number(), unpacker.number(), unpacker.number()]
  return { epoch, number, parts, bytes }
}
