/**
 * Owns: the register that a value sets in a HyperLogLog of 4096, as one integer: index << 6 | rank.
 * It is part of the wire format: states written by one version merge with those of the next. Never: cryptography.
 */

const INDEX_BITS = 12
export const REGISTERS = 1 << INDEX_BITS
export const RANK_BITS = 6
export const RANK_MASK = (1 << RANK_BITS) - 1
/** Of the 52 bits of the hash that are not the index: their leading zeros, and one. */
export const RANK_MAX = 64 - INDEX_BITS + 1

/** Of a 64-bit hash made of two 32-bit ones that go over the text at once. */
export function registerOf(text: string): number {
  let a = 0x9e3779b9
  let b = 0x85ebca6b
  const { length } = text
  for (let i = 0; i < length; i += 2) {
    const units = text.charCodeAt(i) | (i + 1 < length ? text.charCodeAt(i + 1) << 16 : 0)
    a = Math.imul(a ^ units, 0x9e3779b1)
    a = (a << 15) | (a >>> 17)
    b = Math.imul(b ^ units, 0x5f356495)
    b = (b << 13) | (b >>> 19)
  }
  a = Math.imul(a ^ (a >>> 16) ^ length, 0x85ebca6b)
  b = Math.imul(b ^ (b >>> 15), 0xc2b2ae35)
  a ^= (b >>> 16) ^ Math.imul(b, 0x27d4eb2f)
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  a ^= a >>> 16
  b ^= Math.imul(a, 0x165667b1)
  b = Math.imul(b ^ (b >>> 13), 0x27d4eb2f)
  b ^= b >>> 16
  const index = a >>> (32 - INDEX_BITS)
  const rest = (a << INDEX_BITS) | (b >>> (32 - INDEX_BITS))
  const rank = rest === 0 ? 33 + Math.min(Math.clz32(b << INDEX_BITS), 32 - INDEX_BITS) : Math.clz32(rest) + 1
  return (index << RANK_BITS) | rank
}
