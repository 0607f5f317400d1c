/** Owns: two independent hashes of an instance's name. Never: which shard it lives in (routes.ts). */

import { fnv1a, mix32 } from "../base/hash.ts"

const PRINT_SEED = 0x2545f491

/** Where it stands on the ring of pages: part of the snapshots' wire form. */
export function ringHash(name: string): number {
  return mix32(fnv1a(name))
}

/** What a spill's index knows of a name. */
export function printOf(name: string): number {
  return mix32(fnv1a(name, PRINT_SEED))
}
