/**
 * Owns: a shard's state while it is this runner's: taking it over from the newest snapshot, having at hand what steps
 * need, and snapshots as it goes on. Never: the log, or what a step does.
 *
 * A3 a snapshot's values are written once its frame stands in the outbox. A4 the manifest is taken over with the new
 *    epoch before anything it names is read.
 * Q1 a takeover reads the manifest, what is beside instances, and deltas; pages when something in them is needed.
 * Q2 memory is bounded by `residentBytes`, by deltas (names, and what changes while one is written), and by the indexes.
 */

import { assert } from "../base/assert.ts"
import type { Clock } from "../base/clock.ts"
import { Failure } from "../base/errors.ts"
import { SNAPSHOT_DELTA_BYTES, SNAPSHOT_EVERY_MS, SNAPSHOT_TAIL_BYTES, STATE_READS_AT_ONCE } from "../base/limits.ts"
import type { Logger } from "../base/log.ts"
import type { FrameHead } from "../streams/frame.ts"
import type { Store } from "../streams/store.ts"
import type { Part } from "./cast.ts"
import { decodeCore, encodeCore } from "./core.codec.ts"
import { DeadlineIndex } from "./deadline-index.ts"
import { instanceBytes } from "./instance.codec.ts"
import { partsOfName } from "./instance.ts"
import type { Placed } from "./outbox.ts"
import { PagedDeadlines } from "./paged-deadlines.ts"
import { comparePoints, START_POINT } from "./point.ts"
import type { Deadlines, Instances } from "./residency.ts"
import { Residents } from "./resident.ts"
import type { Shard, ShardCore } from "./shard.ts"
import { OpenDelta } from "./snapshot/delta.ts"
import { decodeEntries, type Entry } from "./snapshot/entries.ts"
import { FOLDING_PACE, Folding, type FoldingPace } from "./snapshot/folding.ts"
import { Gate } from "./snapshot/gate.ts"
import type { ChunkRef, Manifest } from "./snapshot/manifest.ts"
import { ManifestKeeper } from "./snapshot/manifest-keeper.ts"
import { Pages } from "./snapshot/pages.ts"
import { Snapshots } from "./snapshot/snapshots.ts"
import { epochOfKey, Values } from "./snapshot/values.ts"
import { Spill } from "./spill/spill.ts"
import type { SpillFile } from "./spill/spill-file.ts"
import type { Committed, Kept } from "./worker.ts"

/** The outbox ends before the snapshot's point: one of the two is of another history. */
export class SnapshotAhead extends Failure {
  override readonly name = "SnapshotAhead"
  readonly tag = "SnapshotAhead"
  readonly verdict = "stop"
}

export interface StateTerms {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly generation: number
  readonly shard: number
  readonly parts: readonly Part[]
  readonly make: (instances: Instances, deadlines: Deadlines, core: ShardCore | undefined) => Shard
  /** A new one each time. */
  readonly openFile: () => Promise<SpillFile>
  /** About what instances may take in memory. */
  readonly residentBytes: number
  /** Unless said, as limits.ts has it. */
  readonly pace?: SnapshotPace
  readonly folding?: FoldingPace
  /** Shared by the shards of a process. */
  readonly gate?: Gate
}

export interface SnapshotPace {
  readonly everyMs: number
  readonly deltaBytes: number
  readonly tailBytes: number
}

const PACE: SnapshotPace = {
  everyMs: SNAPSHOT_EVERY_MS,
  deltaBytes: SNAPSHOT_DELTA_BYTES,
  tailBytes: SNAPSHOT_TAIL_BYTES,
}

/** What an instance takes in a delta, until one was written. */
const ENTRY_BYTES_FIRST = 256

interface Opened {
  readonly residents: Residents
  readonly spill: Spill
  readonly index: DeadlineIndex
  readonly deadlines: PagedDeadlines
  readonly pages: Pages
  readonly snapshots: Snapshots
  /** Up to here what is stepped is in frames already. */
  readonly replayTo: Placed["head"]["to"]
}

interface OpenSnapshot {
  readonly n: number
  readonly point: FrameHead["to"]
  readonly core: Uint8Array
  readonly delta: OpenDelta
}

export class KeptState implements Kept {
  readonly #terms: StateTerms
  readonly #pace: SnapshotPace
  readonly #gate: Gate
  readonly #ended = new AbortController()
  readonly #files: { close(): Promise<void> }[] = []
  #state: Opened | undefined
  /** Changed since the last snapshot was opened. */
  #dirty = new Set<string>()
  #open: OpenSnapshot | undefined
  #writing: Promise<void> | undefined
  #failure: unknown
  #entryBytes = ENTRY_BYTES_FIRST
  #lastAt: number
  #tailBytes = 0

  constructor(terms: StateTerms) {
    this.#terms = terms
    this.#pace = terms.pace ?? PACE
    this.#gate = terms.gate ?? new Gate()
    this.#lastAt = terms.clock.monotonicMs()
  }

  async open({ head }: Placed): Promise<Shard> {
    const { store, generation, shard, make } = this.#terms
    const values = new Values({ ...this.#terms, ended: this.#ended.signal }, head.epoch)
    const keeper = new ManifestKeeper({ store, values, generation, shard })
    const manifest = await keeper.take(head.epoch, START_POINT)
    this.#refuseAhead(manifest, head)
    const core = manifest.core === undefined ? undefined : decodeCore(await values.read(manifest.core))
    const state = await this.#make(values, keeper, manifest, head, core)
    this.#state = state
    await this.#readDeltas(values, manifest, state)
    this.#sweep(state.snapshots, head.epoch)
    return make(state.residents, state.deadlines, core)
  }

  fetch(shard: Shard): Promise<void> | undefined {
    const { residents, spill, index, deadlines } = this.#opened()
    const { due } = shard
    const waits =
      this.#failure !== undefined ||
      residents.full ||
      spill.pressed ||
      index.pressed ||
      this.#behind() ||
      (due !== undefined && !deadlines.ready(due.stage, due.at))
    return waits ? this.#prepare(shard) : residents.fetch(shard.needs())
  }

  cut(shard: Shard, { n, to }: FrameHead): void {
    this.#settle(shard)
    if (this.#open !== undefined || !this.#isDue()) return
    const { residents, spill } = this.#opened()
    const terms = {
      encode: (instance: Parameters<typeof instanceBytes>[1]) =>
        instanceBytes(this.#terms.parts[instance.actor]!, instance),
      resident: (name: string) => residents.resident(name),
      cold: (name: string) => spill.peek(name),
    }
    this.#open = { n, point: to, core: encodeCore(shard.core()), delta: new OpenDelta(terms, this.#dirty) }
    this.#dirty = new Set()
    this.#lastAt = this.#terms.clock.monotonicMs()
    this.#tailBytes = 0
  }

  committed({ head, bytes }: Committed): void {
    this.#tailBytes += bytes
    const open = this.#open
    if (open === undefined || open.n !== head.n) return
    this.#writing = this.#write(open)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#writing = undefined
      })
  }

  /** What is being written is given up: the next owner has the snapshot before, and the log. */
  async close(): Promise<void> {
    this.#ended.abort()
    await this.#writing
    for (const file of this.#files) await file.close()
  }

  /** For savepoints, and for who looks on. */
  get snapshots(): Snapshots {
    return this.#opened().snapshots
  }

  /** In memory and in the spill: all there are, once every page was read. */
  get instances(): number {
    const { residents, spill } = this.#opened()
    return residents.size + spill.size
  }

  get unreadPages(): number {
    return this.#opened().pages.unread
  }

  /** Resolves once no snapshot is being written. */
  async written(): Promise<void> {
    await this.#writing
    if (this.#failure !== undefined) throw this.#failure
  }

  #opened(): Opened {
    assert(this.#state !== undefined, "a shard's state is asked for before it was opened")
    return this.#state
  }

  #refuseAhead({ point }: Manifest, { to }: FrameHead): void {
    if (comparePoints(point, to) <= 0) return
    const { shard } = this.#terms
    throw new SnapshotAhead({
      operation: `take over shard ${shard}`,
      reason: `its snapshot is at ${point.sequence}.${point.step}, its last frame ends at ${to.sequence}.${to.step}`,
      hint: "the outbox has lost frames, or the state bucket is another system's: restore both from one backup",
    })
  }

  async #make(
    values: Values,
    keeper: ManifestKeeper,
    manifest: Manifest,
    { epoch, to }: FrameHead,
    core: ShardCore | undefined,
  ): Promise<Opened> {
    const { parts, openFile, residentBytes } = this.#terms
    const spill = new Spill({ file: await openFile() })
    this.#files.push(spill)
    const index = new DeadlineIndex(await openFile())
    this.#files.push(index)
    const stageOf = (name: string) => parts[partsOfName(name).actor]!.stage
    const place = ({ name, filedAt, bytes }: Entry) => {
      if (bytes !== undefined) residents.place(name, bytes)
      if (Number.isFinite(filedAt)) index.file(stageOf(name), filedAt, name)
    }
    const room = () => this.#room(spill, index)
    const pages = new Pages({ values, place, room }, manifest.pages, core?.closedUpTo ?? [])
    const residents = new Residents({
      ...{ parts, spill, bytesMax: residentBytes, unread: pages },
      beforeChange: (name, instance) => this.#open?.delta.beforeChange(name, instance),
    })
    const folding = new Folding({ values, pages, epoch, stageOf, pace: this.#terms.folding ?? FOLDING_PACE })
    const snapshots = new Snapshots({ values, keeper, pages, folding }, manifest)
    const deadlines = new PagedDeadlines(index, () => pages)
    return { residents, spill, index, deadlines, pages, snapshots, replayTo: to }
  }

  /** From the newest on: the first that speaks of an instance knows best. */
  async #readDeltas(values: Values, { deltas }: Manifest, { pages, residents, index, spill }: Opened): Promise<void> {
    const { parts } = this.#terms
    const take = async (delta: number, chunks: readonly ChunkRef[]) => {
      const read = await Promise.all(chunks.map((chunk) => values.read(chunk)))
      for (const { name, filedAt, bytes } of read.flatMap(decodeEntries)) {
        if (!pages.supersede(name, delta) || bytes === undefined) continue
        residents.place(name, bytes)
        if (Number.isFinite(filedAt)) index.file(parts[partsOfName(name).actor]!.stage, filedAt, name)
      }
      await this.#room(spill, index)
    }
    for (const { number, chunks } of deltas.toReversed()) {
      for (let from = 0; from < chunks.length; from += STATE_READS_AT_ONCE) {
        await take(number, chunks.slice(from, from + STATE_READS_AT_ONCE))
      }
    }
    pages.begun()
  }

  #sweep(snapshots: Snapshots, epoch: number): void {
    const { store, shard } = this.#terms
    const orphans = async (named: ReadonlySet<string>) => {
      const keys = await store.keys(String(shard))
      return keys.filter((key) => (epochOfKey(shard, key) ?? epoch) < epoch && !named.has(key))
    }
    this.#writing = snapshots
      .sweep(orphans)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#writing = undefined
      })
  }

  async #prepare(shard: Shard): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const { residents, spill, index, deadlines, replayTo } = this.#opened()
    if (this.#behind()) await this.written()
    const { due } = shard
    if (due !== undefined && !deadlines.ready(due.stage, due.at)) await deadlines.load(due.stage, due.at)
    residents.shrink()
    // While a replay goes on no frame is cut, and what it steps is committed.
    if (residents.full && comparePoints(shard.point, replayTo) < 0) {
      this.#settle(shard)
      residents.shrink()
    }
    spill.compact()
    await this.#room(spill, index)
    await residents.fetch(shard.needs())
  }

  async #room(spill: Spill, index: DeadlineIndex): Promise<void> {
    if (spill.pressed) await spill.settle()
    if (index.pressed) await index.settle()
  }

  #settle(shard: Shard): void {
    const { residents } = this.#opened()
    for (const { name, instance } of shard.changed()) {
      this.#dirty.add(name)
      if (instance !== undefined) residents.settled(instance)
    }
  }

  #isDue(): boolean {
    const { everyMs, deltaBytes, tailBytes } = this.#pace
    if (this.#writing !== undefined) return false
    if (this.#terms.clock.monotonicMs() - this.#lastAt >= everyMs) return true
    return this.#dirty.size * this.#entryBytes >= deltaBytes || this.#tailBytes >= tailBytes
  }

  /** The snapshot being written does not keep up with what changes. */
  #behind(): boolean {
    if (this.#writing === undefined) return false
    const { deltaBytes, tailBytes } = this.#pace
    return this.#dirty.size * this.#entryBytes >= 2 * deltaBytes || this.#tailBytes >= 2 * tailBytes
  }

  async #write(open: OpenSnapshot): Promise<void> {
    const bytes = await this.#gate.run(this.#ended.signal, () => this.#opened().snapshots.write(open))
    if (bytes === undefined) return
    if (open.delta.size > 0) this.#entryBytes = Math.max(64, bytes / open.delta.size)
    this.#open = undefined
  }
}
