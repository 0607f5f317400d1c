/**
 * Owns: values of a snapshot in the state bucket, each written once, in parts where it is long; and trying again.
 * Never: which of them make a snapshot (the manifest says that).
 *
 *   <shard>.manifest                       what the snapshot is made of
 *   <shard>.<epoch>.<number>[.<part>]      a value, and what of it did not fit into its first part
 *
 * V1 a key is written by one owner (its epoch) with one content only, so neither a lost answer nor a late request hurts.
 * V2 a value that a manifest names and that is not there is an error, never an empty one.
 */

import { assert } from "../../base/assert.ts"
import { type Clock, sleep } from "../../base/clock.ts"
import { explain, Failure } from "../../base/errors.ts"
import { SNAPSHOT_RETRY_MS, STATE_READS_AT_ONCE, STATE_VALUE_BYTES_MAX } from "../../base/limits.ts"
import type { Logger } from "../../base/log.ts"
import type { Store } from "../../streams/store.ts"
import { Fenced } from "../outbox.ts"
import { decodeManifest, type ValueRef } from "./manifest.ts"

/** Going on without it would be going on with another state. */
export class MissingValue extends Failure {
  override readonly name = "MissingValue"
  readonly tag = "MissingValue"
  readonly verdict = "stop"
}

export interface ValuesTerms {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly shard: number
  /** Nothing is written any more, nor tried again. */
  readonly ended: AbortSignal
}

export const manifestKey = (shard: number) => `${shard}.manifest`

export class Values {
  readonly #terms: ValuesTerms
  readonly #epoch: number
  #next = 1

  constructor(terms: ValuesTerms, epoch: number) {
    this.#terms = terms
    this.#epoch = epoch
  }

  /** Resolves once it is there. */
  async write(bytes: Uint8Array): Promise<ValueRef> {
    const parts = Math.max(1, Math.ceil(bytes.length / STATE_VALUE_BYTES_MAX))
    const ref = { epoch: this.#epoch, number: this.#next++, parts, bytes: bytes.length }
    const keys = this.keysOf(ref)
    for (let part = 0; part < parts; part++) {
      const from = part * STATE_VALUE_BYTES_MAX
      const value = bytes.subarray(from, from + STATE_VALUE_BYTES_MAX)
      await this.retrying(`put ${keys[part]}`, () => this.#terms.store.put(keys[part]!, value))
    }
    return ref
  }

  async read(ref: ValueRef): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    for (const key of this.keysOf(ref)) {
      const entry = await this.retrying(`get ${key}`, () => this.#terms.store.get(key))
      if (entry === undefined) throw await this.#missing(key)
      parts.push(entry.value)
    }
    const [only] = parts
    return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts)
  }

  async remove(refs: readonly ValueRef[]): Promise<void> {
    await this.removeKeys(refs.flatMap((ref) => this.keysOf(ref)))
  }

  async removeKeys(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += STATE_READS_AT_ONCE) {
      const some = keys.slice(from, from + STATE_READS_AT_ONCE)
      await Promise.all(some.map((key) => this.retrying(`remove ${key}`, () => this.#terms.store.remove(key))))
    }
  }

  keysOf({ epoch, number, parts }: ValueRef): readonly string[] {
    const key = `${this.#terms.shard}.${epoch}.${number}`
    return Array.from({ length: parts }, (_, part) => (part === 0 ? key : `${key}.${part}`))
  }

  /** What may work later is tried again, until this run is told to end. */
  async retrying<T>(operation: string, attempt: () => Promise<T>): Promise<T> {
    const { clock, logger, ended } = this.#terms
    while (!ended.aborted) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof Failure) || error.verdict !== "retry") throw error
        logger.warn("the state bucket does not take or give now, trying again", { operation, reason: explain(error) })
        await sleep(clock, SNAPSHOT_RETRY_MS, ended)
      }
    }
    throw new Fenced({ operation, reason: "this run was told to end" })
  }

  /** The next owner may have superseded and removed it: then it is not missing, it is not ours any more. */
  async #missing(key: string): Promise<MissingValue | Fenced> {
    const { store, shard } = this.#terms
    const manifest = await this.retrying(`get ${manifestKey(shard)}`, () => store.get(manifestKey(shard)))
    const owner = manifest === undefined ? this.#epoch : decodeManifest(manifest.value).epoch
    const operation = "read a snapshot"
    if (owner > this.#epoch) return new Fenced({ operation, reason: `epoch ${owner} has it, and ${key} is gone` })
    const reason = `the manifest names ${key}, and it is not there`
    return new MissingValue({ operation, reason, hint: "restore the state bucket, or reprocess" })
  }
}

/** The value's epoch, of a key that is one of this shard's values. */
export function epochOfKey(shard: number, key: string): number | undefined {
  const [own, epoch, number] = key.split(".")
  if (own !== String(shard) || epoch === "manifest") return undefined
  assert(number !== undefined, `${key} is no key of a snapshot`)
  return Number(epoch)
}
