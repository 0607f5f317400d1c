/**
 * Owns: watching the state bucket from the server's side: who writes and removes what there, and when.
 * Never: changing anything that goes through.
 */

import { comparePoints } from "../../actors/point.ts"
import { decodeManifest, type Manifest, namedBy } from "../../actors/snapshot/manifest.ts"
import { manifestKey } from "../../actors/snapshot/values.ts"
import { FrameReader } from "../../streams/frame.read.ts"
import type { Log } from "../../streams/log.ts"
import { outboxStream, outboxSubject } from "../../streams/names.ts"
import type { Store } from "../../streams/store.ts"
import type { Violation } from "../scenario.ts"

export const SNAPSHOT_PROMISES = {
  epoch: "a manifest is never written by an old epoch (A4)",
  back: "a manifest never names an earlier point than the one before it",
  frame: "a snapshot is written after its frame (A3)",
  once: "a value of a snapshot is written with one content only (A4)",
  named: "nothing that a manifest names is missing (A4)",
} as const

export interface WatchedState {
  readonly log: Log
  readonly generation: number
  readonly shards: number
  readonly broken: (violation: Violation) => void
}

export function watchedState(inner: Store, watched: WatchedState): Store {
  const watch = new Watch(inner, watched)
  return {
    get: (key) => inner.get(key),
    list: (prefix) => inner.list(prefix),
    keys: (prefix) => inner.keys(prefix),
    async put(key, value, options) {
      await watch.before(key, value)
      const revision = await inner.put(key, value, options)
      await watch.written(key, value)
      return revision
    },
    async remove(key, revision) {
      await inner.remove(key, revision)
      watch.removed(key)
    },
  }
}

class Watch {
  readonly #inner: Store
  readonly #watched: WatchedState
  /** By shard. */
  readonly #manifests = new Map<number, Manifest>()

  constructor(inner: Store, watched: WatchedState) {
    this.#inner = inner
    this.#watched = watched
  }

  async before(key: string, value: Uint8Array): Promise<void> {
    if (isManifest(key)) return
    const there = await this.#inner.get(key)
    if (there !== undefined && Buffer.compare(there.value, value) !== 0) this.#broken("once", `${key} was written anew`)
  }

  async written(key: string, value: Uint8Array): Promise<void> {
    if (!isManifest(key)) return
    const manifest = decodeManifest(value)
    const before = this.#manifests.get(manifest.shard)
    this.#manifests.set(manifest.shard, manifest)
    await this.#behindItsFrame(key, manifest)
    for (const name of keysNamed(manifest)) {
      if ((await this.#inner.get(name)) === undefined) this.#broken("named", `${key} names ${name}`)
    }
    if (before === undefined) return
    if (before.epoch > manifest.epoch) this.#broken("epoch", `${key}: epoch ${manifest.epoch} after ${before.epoch}`)
    if (comparePoints(before.point, manifest.point) > 0) {
      this.#broken("back", `${key}: at ${pointText(manifest)} after ${pointText(before)}`)
    }
  }

  removed(key: string): void {
    for (const manifest of this.#manifests.values()) {
      if (keysNamed(manifest).includes(key))
        this.#broken("named", `${key} was removed, ${manifest.shard}.manifest names it`)
    }
  }

  async #behindItsFrame(key: string, manifest: Manifest): Promise<void> {
    const { log, generation } = this.#watched
    const last = await log.last(outboxStream(generation), outboxSubject(generation, manifest.shard))
    const to = last === undefined ? undefined : new FrameReader(last.body).head().to
    if (to !== undefined && comparePoints(manifest.point, to) <= 0) return
    this.#broken("frame", `${key} is at ${pointText(manifest)}, the last frame ends at ${JSON.stringify(to)}`)
  }

  #broken(promise: keyof typeof SNAPSHOT_PROMISES, found: string): void {
    this.#watched.broken({ invariant: SNAPSHOT_PROMISES[promise], found })
  }
}

const isManifest = (key: string) => key === manifestKey(Number(key.split(".")[0]))
const pointText = ({ point }: Manifest) => `${point.sequence}.${point.step}`

function keysNamed(manifest: Manifest): readonly string[] {
  return namedBy(manifest).flatMap(({ epoch, number, parts }) =>
    Array.from({ length: parts }, (_, part) => `${manifest.shard}.${epoch}.${number}${part === 0 ? "" : `.${part}`}`),
  )
}
