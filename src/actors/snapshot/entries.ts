/**
 * Owns: instances as they stand in pages and deltas, and the codec of a row of them. Never: what their bytes mean.
 *
 * Wire version 1: MessagePack [1, name, filedAt, bytes, name, …], in the order of their places on the ring; null for
 * bytes: it is gone; null for filedAt: it has no deadline.
 */

import { malformed, packing, unpacking } from "../../streams/packing.ts"
import { ringHash } from "../name-hash.ts"

export const ENTRIES_WIRE = 1

export interface Entry {
  readonly name: string
  /** The time it stands under among the deadlines; +Infinity: none. */
  readonly filedAt: number
  /** Undefined: the instance is gone. */
  readonly bytes: Uint8Array | undefined
}

export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  return packing((packer) => {
    packer.arrayHeader(1 + entries.length * 3)
    packer.number(ENTRIES_WIRE)
    for (const { name, filedAt, bytes } of entries) {
      packer.string(name)
      packer.value(filedAt === Number.POSITIVE_INFINITY ? null : filedAt)
      packer.value(bytes ?? null)
    }
  })
}

export function decodeEntries(encoded: Uint8Array): readonly Entry[] {
  return unpacking(encoded, (unpacker) => {
    const length = unpacker.arrayLength()
    const wire = unpacker.number()
    if (wire !== ENTRIES_WIRE) throw malformed(`instances of wire version ${wire}; this build reads ${ENTRIES_WIRE}`)
    const entries: Entry[] = []
    for (let i = 1; i < length; i += 3) {
      const name = unpacker.string()
      const filedAt = unpacker.nullOr(() => unpacker.number()) ?? Number.POSITIVE_INFINITY
      const bytes = unpacker.nullOr(() => unpacker.bytes()) ?? undefined
      entries.push({ name, filedAt, bytes })
    }
    return entries
  })
}

/** About how long it is in wire form. */
export function entryBytes({ name, bytes }: Entry): number {
  return name.length + (bytes?.length ?? 0) + 16
}

/** In the order of pages and deltas: by place on the ring, then by name. */
export function byRing<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  const hashed = items.map((item) => {
    const name = nameOf(item)
    return { item, name, hash: ringHash(name) }
  })
  hashed.sort((a, b) => a.hash - b.hash || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return hashed.map(({ item }) => item)
}
