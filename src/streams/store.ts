/**
 * The port to small, named values with revisions: leases, checkpoints, manifests, snapshot pages.
 * Owns: compare-and-set and expiry. Never: watches by key, or anything whose loss a log could not mend.
 *
 * K1 a write with `revision` succeeds only if the key's revision is that one (0: the key is not there).
 * K2 a read that follows an acknowledged write sees it, or something newer.
 * K3 a key written with `ttlMs` is gone once that long has passed without another write, and not before.
 */

import { Failure } from "../base/errors.ts"

export interface Entry {
  readonly key: string
  readonly value: Uint8Array
  readonly revision: number
}

export interface WriteOptions {
  /** Compare-and-set: the revision the key must have; 0 for a key that must not be there. Without it: any. */
  readonly revision?: number
  /** At least 1000. Each write sets it anew; a write without it keeps the key for good. */
  readonly ttlMs?: number
}

export interface Store {
  get(key: string): Promise<Entry | undefined>
  /** Resolves to the new revision. */
  put(key: string, value: Uint8Array, options?: WriteOptions): Promise<number>
  remove(key: string, revision?: number): Promise<void>
  /** All entries whose key is the prefix, or starts with it and a dot. */
  list(prefix: string): Promise<readonly Entry[]>
}

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
