/**
 * Owns: folding deltas into pages, some at a time: each group of neighbours is written anew with what deltas say of it.
 * Never: the manifest: until that names the new pages, the old ones stay.
 *
 * Z1 a page is written once; what is folded is the same state at the same point, in other values.
 * Z2 the deltas that pages do not hold stay bounded, and so does the work of one snapshot, unless they become too many.
 */

import {
  DELTAS_MAX,
  FOLD_BYTES_MIN,
  FOLD_PART,
  FOLD_STEP_BYTES_MIN,
  FOLD_TIMES,
  PAGE_BYTES_MAX,
  PAGE_DEADLINES_MAX,
  PAGES_PER_FOLD_MAX,
} from "../../base/limits.ts"
import { ringHash } from "../name-hash.ts"
import { byRing, decodeEntries, type Entry, encodeEntries, entryBytes } from "./entries.ts"
import { type ChunkRef, type DeltaRef, emptyPage, type PageRef } from "./manifest.ts"
import { type Page, type Pages, RING_END } from "./pages.ts"
import type { Values } from "./values.ts"

export interface FoldingPace {
  readonly bytesMin: number
  readonly stepBytesMin: number
  readonly deltasMax: number
  readonly pageBytes: number
}

export const FOLDING_PACE: FoldingPace = {
  bytesMin: FOLD_BYTES_MIN,
  stepBytesMin: FOLD_STEP_BYTES_MIN,
  deltasMax: DELTAS_MAX,
  pageBytes: PAGE_BYTES_MAX,
}

export interface FoldingTerms {
  readonly values: Values
  readonly pages: Pages
  readonly epoch: number
  readonly pace: FoldingPace
  /** Of the actor of that name's instance. */
  readonly stageOf: (name: string) => number
}

interface Group {
  readonly pages: readonly Page[]
  readonly from: number
  /** Not part of it. */
  readonly end: number
}

/** A new page should have room to grow: of PAGE_BYTES_MAX so much; and neighbours that have less together are one. */
const PIECE_PART = 0.75
const GROUP_PART = 0.5

export class Folding {
  readonly #terms: FoldingTerms
  /** Pages that hold less are still to be folded. */
  #target = 0
  /** Chunks of deltas that the next pages may need, too. */
  #chunks = new Map<ChunkRef, readonly Entry[]>()

  constructor(terms: FoldingTerms) {
    this.#terms = terms
  }

  /** Folds what is due; answers with the deltas that are still needed. */
  async some(deltas: readonly DeltaRef[], addedBytes: number): Promise<readonly DeltaRef[]> {
    const newest = deltas.at(-1)?.number ?? 0
    if (this.#isDue(deltas)) this.#target = newest
    const { stepBytesMin, deltasMax } = this.#terms.pace
    const all = deltas.length >= deltasMax
    let budget = all ? Number.POSITIVE_INFINITY : Math.max(stepBytesMin, FOLD_TIMES * addedBytes)
    for (let group = this.#next(0); group !== undefined && budget > 0; group = this.#next(group.end)) {
      budget -= await this.#fold(group, deltas, newest)
    }
    this.#chunks.clear()
    const held = this.#terms.pages.refs.reduce((least, { upto }) => Math.min(least, upto), Number.POSITIVE_INFINITY)
    return deltas.filter(({ number }) => number > held)
  }

  #isDue(deltas: readonly DeltaRef[]): boolean {
    const { bytesMin, deltasMax } = this.#terms.pace
    if (deltas.length >= deltasMax) return true
    if (this.#next(0) !== undefined) return false
    const bytes = deltas.reduce((sum, { chunks }) => sum + bytesOf(chunks), 0)
    return bytes > Math.max(bytesMin, FOLD_PART * bytesOf(this.#terms.pages.refs))
  }

  /** From that place on the ring, the first pages that are still to be folded: several while they are small. */
  #next(from: number): Group | undefined {
    const { pages: known, pace } = this.#terms
    const { all } = known
    const first = all.findIndex(({ ref }) => ref.from >= from && ref.upto < this.#target)
    if (first < 0) return undefined
    let bytes = all[first]!.ref.bytes
    let end = first + 1
    while (end < all.length && end - first < PAGES_PER_FOLD_MAX) {
      const { ref, read } = all[end]!
      bytes += ref.bytes
      if (ref.upto >= this.#target || read !== all[first]!.read || bytes > pace.pageBytes * GROUP_PART) break
      end++
    }
    const pages = all.slice(first, end)
    return { pages, from: pages[0]!.ref.from, end: all[end]?.ref.from ?? RING_END }
  }

  /** How many bytes were read and written. */
  async #fold(group: Group, deltas: readonly DeltaRef[], newest: number): Promise<number> {
    await Promise.all(group.pages.map(({ reading }) => reading))
    const [{ read }] = group.pages as readonly [Page]
    // One of them was read meanwhile: the others next time.
    const other = group.pages.findIndex((page) => page.read !== read)
    const pages = other < 0 ? group.pages : group.pages.slice(0, other)
    const work = this.#foldPages({ ...group, pages, end: this.#endOf(pages, group) }, deltas, newest)
    for (const page of pages) page.folding = work.catch(() => undefined)
    return work
  }

  #endOf(pages: readonly Page[], { pages: all, end }: Group): number {
    return all[pages.length]?.ref.from ?? end
  }

  async #foldPages(group: Group, deltas: readonly DeltaRef[], newest: number): Promise<number> {
    const { values, pages } = this.#terms
    const changes = await this.#changesIn(group, deltas)
    const [{ ref }] = group.pages as readonly [Page]
    if (changes.length === 0 && group.pages.length === 1) {
      pages.replace(group.pages, [{ ...ref, upto: newest }])
      return 0
    }
    const entries = new Map<string, Entry>()
    for (const page of group.pages) {
      if (page.ref.parts === 0) continue
      for (const entry of decodeEntries(await values.read(page.ref))) entries.set(entry.name, entry)
    }
    for (const { entry, number } of changes) {
      if (number <= uptoAt(group.pages, ringHash(entry.name))) continue
      if (entry.bytes === undefined) entries.delete(entry.name)
      else entries.set(entry.name, entry)
    }
    const written = await this.#write(group.from, [...entries.values()], newest)
    pages.replace(group.pages, written)
    return bytesOf(group.pages.map((page) => page.ref)) + bytesOf(written)
  }

  /** What deltas say of instances in it, oldest first. */
  async #changesIn({ pages, from, end }: Group, deltas: readonly DeltaRef[]) {
    const least = Math.min(...pages.map(({ ref }) => ref.upto))
    const changes: { readonly entry: Entry; readonly number: number }[] = []
    for (const { number, chunks } of deltas) {
      if (number <= least) continue
      for (const [i, chunk] of chunks.entries()) {
        const next = chunks[i + 1]?.from ?? RING_END
        // What is on the border may be on both sides of it.
        if (chunk.from >= end || next < from) continue
        for (const entry of await this.#entriesOf(chunk)) {
          const hash = ringHash(entry.name)
          if (hash >= from && hash < end) changes.push({ entry, number })
        }
        if (next <= end) this.#chunks.delete(chunk)
      }
    }
    return changes
  }

  async #entriesOf(chunk: ChunkRef): Promise<readonly Entry[]> {
    const known = this.#chunks.get(chunk)
    if (known !== undefined) return known
    const entries = decodeEntries(await this.#terms.values.read(chunk))
    this.#chunks.set(chunk, entries)
    return entries
  }

  async #write(from: number, entries: Entry[], upto: number): Promise<readonly PageRef[]> {
    const { values, epoch, stageOf, pace } = this.#terms
    if (entries.length === 0) return [emptyPage(epoch, from, upto)]
    const sorted = byRing(entries, ({ name }) => name)
    const written: PageRef[] = []
    for (const piece of pieces(sorted, pace.pageBytes * PIECE_PART)) {
      const ref = await values.write(encodeEntries(piece))
      const first = written.length === 0 ? from : ringHash(piece[0]!.name)
      written.push({ ...ref, from: first, upto, deadlines: deadlinesOf(piece, stageOf) })
    }
    return written
  }
}

/** About so many bytes each; what has the same place on the ring stays together. */
function pieces(entries: readonly Entry[], bytesMax: number): readonly (readonly Entry[])[] {
  const made: Entry[][] = []
  let bytes = Number.POSITIVE_INFINITY
  let last = -1
  for (const entry of entries) {
    const hash = ringHash(entry.name)
    const size = entryBytes(entry)
    if (bytes + size > bytesMax && hash !== last) {
      made.push([])
      bytes = 0
    }
    made.at(-1)!.push(entry)
    bytes += size
    last = hash
  }
  return made
}

function deadlinesOf(entries: readonly Entry[], stageOf: (name: string) => number): readonly (readonly number[])[] {
  const byStage: Set<number>[] = []
  for (const { name, filedAt } of entries) {
    if (!Number.isFinite(filedAt)) continue
    const stage = stageOf(name)
    while (byStage.length <= stage) byStage.push(new Set())
    byStage[stage]!.add(Math.floor(filedAt / 1_000) * 1_000)
  }
  return byStage.map((times) => [...times].sort((a, b) => a - b).slice(0, PAGE_DEADLINES_MAX))
}

function uptoAt(pages: readonly Page[], hash: number): number {
  return pages.findLast(({ ref }) => ref.from <= hash)!.ref.upto
}

function bytesOf(refs: readonly { readonly bytes: number }[]): number {
  return refs.reduce((sum, { bytes }) => sum + bytes, 0)
}
