/**
 * Owns: which runner should own which lane or shard, the same for everybody who sees the same members.
 * Never: who does own one; that is what leases and fences say.
 *
 * Rendezvous hashing with quotas: every pair has a score, the best pairs are served first, and nobody gets more than
 * ⌈N/R⌉ nor, as far as the numbers allow, less than ⌊N/R⌋. So the load is even, and a member that joins or leaves
 * moves few others.
 */

import { fnv1a, mix32 } from "../base/hash.ts"

interface Pair {
  readonly item: number
  readonly member: string
  readonly score: number
}

/** Item number → member. Empty when there are no members. */
export function place(items: number, members: readonly string[]): ReadonlyMap<number, string> {
  const placed = new Map<number, string>()
  if (members.length === 0) return placed
  const floor = Math.floor(items / members.length)
  let beyondFloor = items % members.length
  const held = new Map(members.map((member) => [member, 0]))
  for (const { item, member } of pairsByScore(items, members)) {
    const has = held.get(member)!
    const takesExtra = has === floor
    if (placed.has(item) || has > floor || (takesExtra && beyondFloor === 0)) continue
    if (takesExtra) beyondFloor--
    placed.set(item, member)
    held.set(member, has + 1)
  }
  return placed
}

function pairsByScore(items: number, members: readonly string[]): Pair[] {
  const pairs: Pair[] = []
  for (const member of members) {
    const seed = fnv1a(member)
    for (let item = 0; item < items; item++) pairs.push({ item, member, score: mix32(seed ^ mix32(item + 1)) })
  }
  return pairs.sort((a, b) => b.score - a.score || a.item - b.item || (a.member < b.member ? -1 : 1))
}
