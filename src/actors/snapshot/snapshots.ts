/**
 * Owns: writing one snapshot after the other: the delta, some folding, the state beside instances, the manifest; then
 * removing what that superseded. Never: when (recovery.ts), or what is in it.
 *
 * A3 a snapshot is written after its frame was committed: whoever calls `write` has seen to it.
 * A4 what this writes under its own epoch's keys harms nobody; it counts only by the manifest's compare-and-set.
 * N1 only what one's own successful write superseded is removed, and nothing that a kept manifest names.
 */

import { assert } from "../../base/assert.ts"
import { DELTA_CHUNK_BYTES, STATE_READS_AT_ONCE } from "../../base/limits.ts"
import type { Point } from "../../streams/frame.ts"
import { ringHash } from "../name-hash.ts"
import type { OpenDelta } from "./delta.ts"
import { type Entry, encodeEntries, entryBytes } from "./entries.ts"
import type { Folding } from "./folding.ts"
import {
  type ChunkRef,
  decodeManifest,
  encodeManifest,
  type Manifest,
  namedBy,
  newestDelta,
  type ValueRef,
} from "./manifest.ts"
import type { ManifestKeeper } from "./manifest-keeper.ts"
import type { Pages } from "./pages.ts"
import type { Values } from "./values.ts"

export interface SnapshotsTerms {
  readonly values: Values
  readonly keeper: ManifestKeeper
  readonly pages: Pages
  readonly folding: Folding
}

export interface Snapshot {
  readonly point: Point
  readonly core: Uint8Array
  readonly delta: OpenDelta
}

export class Snapshots {
  readonly #terms: SnapshotsTerms
  #manifest: Manifest
  #delta: number
  /** By name, what manifests that stay hold on to; read when it is first asked for. */
  #kept: ReadonlyMap<string, readonly ValueRef[]> | undefined

  constructor(terms: SnapshotsTerms, manifest: Manifest) {
    this.#terms = terms
    this.#manifest = manifest
    this.#delta = newestDelta(manifest)
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  /** One at a time. Resolves to the bytes of the delta. */
  async write({ point, core, delta }: Snapshot): Promise<number> {
    const { values, folding, pages } = this.#terms
    const number = ++this.#delta
    const chunks = await this.#chunks(delta)
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
    const { deltas } = this.#manifest
    const needed = await folding.some(chunks.length === 0 ? deltas : [...deltas, { number, chunks }], bytes)
    const coreRef = await values.write(core)
    await this.#replace({ ...this.#manifest, point, core: coreRef, pages: pages.refs, deltas: needed })
    return bytes
  }

  /** The newest snapshot stays under that name, whatever follows. */
  async keep(name: string): Promise<void> {
    assert(!this.#manifest.kept.some((each) => each.name === name), `a snapshot is kept as ${name} already`)
    const kept = await this.#readKept()
    const ref = await this.#terms.values.write(encodeManifest({ ...this.#manifest, kept: [] }))
    this.#kept = new Map([...kept, [name, [ref, ...namedBy({ ...this.#manifest, kept: [] })]]])
    await this.#replace({ ...this.#manifest, kept: [...this.#manifest.kept, { ...ref, name }] })
  }

  async release(name: string): Promise<void> {
    const kept = await this.#readKept()
    const freed = kept.get(name) ?? []
    this.#kept = new Map([...kept].filter(([each]) => each !== name))
    const left = this.#manifest.kept.filter((each) => each.name !== name)
    await this.#replace({ ...this.#manifest, kept: left }, freed)
  }

  /** Removes values of earlier owners that nothing names: what a crash left between two writes. */
  async sweep(orphans: (named: ReadonlySet<string>) => Promise<readonly string[]>): Promise<void> {
    const { values } = this.#terms
    const named = [...namedBy(this.#manifest), ...(await this.#allKept())]
    await values.removeKeys(await orphans(new Set(named.flatMap((ref) => values.keysOf(ref)))))
  }

  async #replace(next: Manifest, freed: readonly ValueRef[] = []): Promise<void> {
    const { keeper, values } = this.#terms
    const before = namedBy(this.#manifest)
    await keeper.write(next)
    this.#manifest = next
    const held = new Set([...namedBy(next), ...(await this.#allKept())].map(identity))
    await values.remove([...before, ...freed].filter((ref) => !held.has(identity(ref))))
  }

  async #chunks(delta: OpenDelta): Promise<readonly ChunkRef[]> {
    const written: ChunkRef[] = []
    let entries: Entry[] = []
    let bytes = 0
    const write = async () => {
      const ref = await this.#terms.values.write(encodeEntries(entries))
      written.push({ ...ref, from: ringHash(entries[0]!.name) })
      entries = []
      bytes = 0
    }
    for (const entry of delta.entries()) {
      entries.push(entry)
      bytes += entryBytes(entry)
      if (bytes >= DELTA_CHUNK_BYTES) await write()
    }
    if (entries.length > 0) await write()
    return written
  }

  async #allKept(): Promise<readonly ValueRef[]> {
    return [...(await this.#readKept()).values()].flat()
  }

  async #readKept(): Promise<ReadonlyMap<string, readonly ValueRef[]>> {
    if (this.#kept !== undefined) return this.#kept
    const kept = new Map<string, readonly ValueRef[]>()
    const refs = this.#manifest.kept
    for (let from = 0; from < refs.length; from += STATE_READS_AT_ONCE) {
      const read = async (ref: (typeof refs)[number]) => {
        const manifest = decodeManifest(await this.#terms.values.read(ref))
        kept.set(ref.name, [ref, ...namedBy(manifest)])
      }
      await Promise.all(refs.slice(from, from + STATE_READS_AT_ONCE).map(read))
    }
    this.#kept = kept
    return kept
  }
}

function identity({ epoch, number }: ValueRef): string {
  return `${epoch}.${number}`
}
