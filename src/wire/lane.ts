/**
 * Owns: which lane a key lives in. It is the server's own `{{partition(16,1,3)}}` over tenant and key token, so that
 * whoever publishes, one key of one tenant has one lane. Never: shards (define/), or subjects.
 */

import { assert } from "../base/assert.ts"
import { fnv1a } from "../base/hash.ts"
import { LANES, SELECTOR_TENANTS_CACHED_MAX } from "../base/limits.ts"

/** Where the hashes of a tenant's keys begin. */
export function tenantSeed(tenant: string): number {
  return fnv1a(tenant)
}

/** Its remainder by LANES is the lane; more bits of it may divide a lane further. */
export function keyHash(seed: number, keyToken: string): number {
  return fnv1a(keyToken, seed)
}

export function laneOf(tenant: string, keyToken: string): number {
  return keyHash(tenantSeed(tenant), keyToken) % LANES
}

const selectors = new Map<string, readonly string[]>()

/** A short token that chooses this lane for this tenant: where a batch's key would stand. */
export function selectorFor(tenant: string, lane: number): string {
  let ofTenant = selectors.get(tenant)
  if (ofTenant === undefined) {
    if (selectors.size >= SELECTOR_TENANTS_CACHED_MAX) selectors.clear()
    ofTenant = findSelectors(tenant)
    selectors.set(tenant, ofTenant)
  }
  const selector = ofTenant[lane]
  assert(selector !== undefined, `there is no lane ${lane}`)
  return selector
}

/** FNV-1a ends in an exclusive-or and an odd factor, so 16 tokens that differ in a low nibble meet all lanes soon. */
function findSelectors(tenant: string): readonly string[] {
  const found: string[] = []
  const seed = tenantSeed(tenant)
  for (let candidate = 0, missing = LANES; missing > 0; candidate++) {
    const token = candidate.toString(36)
    const lane = keyHash(seed, token) % LANES
    if (found[lane] !== undefined) continue
    found[lane] = token
    missing--
  }
  return found
}
