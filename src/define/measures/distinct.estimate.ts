/**
 * Owns: how many values a HyperLogLog has seen, from how many registers have each rank: Ertl's estimate (2017), right
 * from zero to billions without tables of corrections. Never: the registers themselves.
 */

import { RANK_MASK, RANK_MAX, REGISTERS } from "./distinct.register.ts"

const ALPHA = 0.5 / Math.LN2

/** Of registers in any form; of a table, those at 0 are its free slots. */
export function ranksOf(registers: ArrayLike<number>): Uint32Array {
  const ranks = new Uint32Array(RANK_MAX + 1)
  for (let i = 0; i < registers.length; i++) ranks[registers[i]! & RANK_MASK]!++
  return ranks
}

/** From how many registers have each rank. */
export function estimateFrom(ranks: Uint32Array): number {
  let z = REGISTERS * tau((REGISTERS - ranks[RANK_MAX]!) / REGISTERS)
  for (let rank = RANK_MAX - 1; rank >= 1; rank--) z = 0.5 * (z + ranks[rank]!)
  z += REGISTERS * sigma(ranks[0]! / REGISTERS)
  return (ALPHA * REGISTERS * REGISTERS) / z
}

function sigma(unset: number): number {
  if (unset === 1) return Number.POSITIVE_INFINITY
  let x = unset
  let y = 1
  let z = x
  for (let before = -1; before !== z; ) {
    x *= x
    before = z
    z += x * y
    y += y
  }
  return z
}

/** Math.sqrt is exact by IEEE 754, so the estimate is the same on every machine. */
function tau(below: number): number {
  if (below === 0 || below === 1) return 0
  let x = below
  let y = 1
  let z = 1 - x
  for (let before = -1; before !== z; ) {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}
