/**
 * The port to small, named values with revisions: leases, checkpoints, manifests, snapshot pages.
 * Owns: compare-and-set and expiry. Never: watches by key, or anything whose loss a log could not mend.
 *
 * K1 a write with `revision` succeeds only if the key's revision is that one (0: the key is not there).
 * K2 a read that follows an acknowledged write sees it, or something newer.
 * K3 a key written with `ttlMs` is gone once that long has passed without another write (give or take the server's
 *    timer, up to a second late), and not before.
 */

import { assert } from "../base/assert.ts"
import { Failure } from "../base/errors.ts"

export interface Entry {
  readonly key: string
  readonly value: Uint8Array
  readonly revision: number
}

export interface WriteOptions {
  /** Compare-and-set: the revision the key must have; 0 for a key that must not be there. Without it: any. */
  readonly revision?: number
  /** At least TTL_MS_MIN, rounded up to whole seconds. Each write sets it anew; without it the key stays for good. */
  readonly ttlMs?: number
}

export interface Store {
  get(key: string): Promise<Entry | undefined>
  /** Resolves to the new revision: higher than any before it in this store. */
  put(key: string, value: Uint8Array, options?: WriteOptions): Promise<number>
  /** Removing what is not there is done already, unless a revision was named. */
  remove(key: string, revision?: number): Promise<void>
  /** All entries whose key is the prefix, or starts with it and a dot; all there are for "". Oldest write first. */
  list(prefix: string): Promise<readonly Entry[]>
  /** The keys of such a list, in any order; one that was just removed or has just expired may be among them. */
  keys(prefix: string): Promise<readonly string[]>
}

export const TTL_MS_MIN = 1000

/** Somebody else wrote first. Nothing was written. */
export class Conflict extends Failure {
  override readonly name = "Conflict"
  readonly tag = "Conflict"
  readonly verdict = "stop"
}

/** No answer came, so whether it was written is not known: read the key, then decide. */
export class StoreAway extends Failure {
  override readonly name = "StoreAway"
  readonly tag = "StoreAway"
  readonly verdict = "retry"
}

/** The bucket is at its limit. Nothing was written. (With several copies, not even what would replace a value.) */
export class StoreFull extends Failure {
  override readonly name = "StoreFull"
  readonly tag = "StoreFull"
  readonly verdict = "retry"
}

/** The server will never take this: no such bucket, too large, not allowed. Nothing was written. */
export class StoreRefused extends Failure {
  override readonly name = "StoreRefused"
  readonly tag = "StoreRefused"
  readonly verdict = "refuse"
}

/** Dots part a key; no part is empty, and none holds a wildcard or a space. */
export function assertKey(key: string): void {
  assert(/^[-/_=a-zA-Z0-9]+(\.[-/_=a-zA-Z0-9]+)*$/.test(key), `not a key: ${JSON.stringify(key)}`)
}

export function assertTtl(ttlMs: number | undefined): void {
  assert(ttlMs === undefined || ttlMs >= TTL_MS_MIN, `a time to live is at least ${TTL_MS_MIN} ms, not ${ttlMs}`)
}
