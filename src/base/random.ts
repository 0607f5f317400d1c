/** Owns: the only source of chance. Never: security; tokens and secrets come from node:crypto. */

import { randomFillSync } from "node:crypto"

export interface Random {
  /** In [0, 1). */
  next(): number
  uint32(): number
}

const POOL_WORDS = 1024

function poolOfWords(): () => number {
  const pool = new Uint32Array(POOL_WORDS)
  let used = POOL_WORDS
  return () => {
    if (used === POOL_WORDS) {
      randomFillSync(pool)
      used = 0
    }
    return pool[used++]!
  }
}

function fromWords(uint32: () => number): Random {
  return { uint32, next: () => uint32() / 0x1_0000_0000 }
}

export const systemRandom: Random = fromWords(poolOfWords())

/** The same numbers for the same seed, on every machine (sfc32). */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9 ^ seed
  let b = 0x243f6a88
  let c = 0xb7e15162
  let counter = 1
  const uint32 = () => {
    const mixed = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + mixed) | 0
    return mixed >>> 0
  }
  for (let warm = 0; warm < 12; warm++) uint32()
  return fromWords(uint32)
}

/** An integer in [0, below). */
export function below(random: Random, bound: number): number {
  return Math.floor(random.next() * bound)
}

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)]!
}
