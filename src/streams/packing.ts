/**
 * Owns: MessagePack for values of our own that stay within the system: state, snapshots, spilled instances.
 * Never: what they are made of, or bytes of strangers.
 */

import { Packer } from "../wire/pack.ts"
import { Malformed, Unpacker } from "../wire/unpack.ts"

export type Packing = Packer
export type Unpacking = Unpacker

/** A buffer that once had to grow beyond this is not kept. */
const KEPT_BYTES = 262_144
let shared = new Packer(Buffer.allocUnsafeSlow(16_384))
let busy = false

/** The bytes are their own. */
export function packing(write: (packer: Packing) => void): Uint8Array<ArrayBuffer> {
  // Whoever packs while packing gets a packer of its own.
  const packer = busy ? new Packer(Buffer.allocUnsafeSlow(1_024)) : shared
  const outer = busy
  busy = true
  try {
    packer.backTo(0)
    write(packer)
    return new Uint8Array(packer.written)
  } finally {
    busy = outer
    if (shared.buffer.length > KEPT_BYTES) shared = new Packer(Buffer.allocUnsafeSlow(16_384))
  }
}

/** Throws Malformed for bytes that no build like this one wrote. */
export function unpacking<T>(bytes: Uint8Array, read: (unpacker: Unpacking) => T): T {
  const unpacker = new Unpacker()
  unpacker.start(bytes)
  const value = read(unpacker)
  unpacker.finish()
  return value
}

/** For whoever does not want all of it. */
export function reading(bytes: Uint8Array): Unpacking {
  const unpacker = new Unpacker()
  unpacker.start(bytes)
  return unpacker
}

/** For a wire version that this build does not read. */
export function malformed(reason: string): Malformed {
  return new Malformed(reason)
}
