/** Owns: choosing by rank, the first far more often than the last, as people choose posts and words. */

import { assert } from "../../base/assert.ts"
import type { Random } from "../../base/random.ts"

/** Ranks from 0; how often rank r comes is proportional to 1 / (r + 1)^exponent. */
export function zipf(size: number, exponent = 1): (random: Random) => number {
  assert(size >= 1, "there is nothing to choose from")
  const upTo = new Float64Array(size)
  let sum = 0
  for (let rank = 0; rank < size; rank++) {
    sum += 1 / (rank + 1) ** exponent
    upTo[rank] = sum
  }
  return (random) => firstAbove(upTo, random.next() * sum)
}

function firstAbove(rising: Float64Array, value: number): number {
  let low = 0
  let high = rising.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rising[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/** One of the entries, each as often as its weight says. */
export function weighted<T>(entries: readonly (readonly [weight: number, value: T])[]): (random: Random) => T {
  const total = entries.reduce((sum, [weight]) => sum + weight, 0)
  return (random) => {
    let left = random.next() * total
    for (const [weight, value] of entries) {
      left -= weight
      if (left < 0) return value
    }
    return entries.at(-1)![1]
  }
}
