/** Owns: hashes whose value is part of a wire format or a placement. Never: cryptography. */

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a, 32 bits, over UTF-8: the hash behind NATS's `{{partition(n, …)}}`. Pass a previous hash to go on from it. */
export function fnv1a(text: string, from = FNV_OFFSET): number {
  let hash = from
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return fnv1aBytes(Buffer.from(text.slice(i), "utf8"), hash)
    hash = Math.imul(hash ^ unit, FNV_PRIME)
  }
  return hash >>> 0
}

function fnv1aBytes(bytes: Uint8Array, from: number): number {
  let hash = from
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME)
  return hash >>> 0
}

/** Spreads an integer's bits (murmur3's finaliser), for hashes that are then cut down by modulo. */
export function mix32(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
