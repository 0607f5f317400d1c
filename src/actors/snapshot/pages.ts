/**
 * Owns: the pages of the newest snapshot, and which of them were read since the shard was taken over.
 * Never: writing pages (folding.ts).
 *
 * G1 a page is read at most once, when somebody looks for a name that it may hold, when a deadline in it comes up, or
 *    when there is nothing better to do; afterwards what it held is at hand here.
 * G2 what deltas said more newly is never taken from a page.
 */

import { assert } from "../../base/assert.ts"
import { PAGE_DEADLINES_MAX, STATE_READS_AT_ONCE } from "../../base/limits.ts"
import { ringHash } from "../name-hash.ts"
import type { Unread } from "../resident.ts"
import { decodeEntries, type Entry } from "./entries.ts"
import type { PageRef } from "./manifest.ts"
import type { Values } from "./values.ts"

/** The end of the ring. */
export const RING_END = 0x1_0000_0000

export interface Page {
  readonly ref: PageRef
  read: boolean
  reading: Promise<void> | undefined
  /** It is being replaced. */
  folding: Promise<unknown> | undefined
}

export interface PagesTerms {
  readonly values: Values
  /** Takes what a page holds, the first time it is read. */
  readonly place: (entry: Entry) => void
  /** There is room for another page. */
  readonly room: () => Promise<void> | undefined
}

export class Pages implements Unread {
  readonly #terms: PagesTerms
  #pages: readonly Page[]
  #unread: number
  /** Names of which deltas say more than pages that were not read. */
  readonly #newer = new Set<string>()
  /** By stage, up to when all that was due was done when the snapshot was made. */
  readonly #closedUpTo: readonly number[]
  /** By stage: the first deadline in pages that were not read; worked out when it is asked for. */
  #dues: number[] = []

  constructor(terms: PagesTerms, refs: readonly PageRef[], closedUpTo: readonly number[]) {
    this.#terms = terms
    this.#pages = refs.map((ref) => pageOf(ref, ref.parts === 0))
    this.#closedUpTo = closedUpTo
    this.#unread = this.#count()
  }

  get refs(): readonly PageRef[] {
    return this.#pages.map(({ ref }) => ref)
  }

  get all(): readonly Page[] {
    return this.#pages
  }

  get unread(): number {
    return this.#unread
  }

  /** Whether what that delta says of the name is the newest there is. Deltas are asked about from the newest on. */
  supersede(name: string, delta: number): boolean {
    if (this.#newer.has(name) || this.#of(ringHash(name)).ref.upto >= delta) return false
    this.#newer.add(name)
    return true
  }

  /** No more is superseded. */
  begun(): void {
    if (this.#unread === 0) this.#newer.clear()
  }

  mayHave(name: string): boolean {
    return this.#unread > 0 && !this.#newer.has(name) && !this.#of(ringHash(name)).read
  }

  async read(names: readonly string[]): Promise<void> {
    if (this.#unread === 0) return
    await this.#readAll(() => names.filter((name) => this.mayHave(name)).map((name) => this.#of(ringHash(name))))
  }

  /** The first deadline that a page says is still to come; +Infinity: none does. */
  next(stage: number): number {
    if (this.#unread === 0) return Number.POSITIVE_INFINITY
    this.#dues[stage] ??= this.#pages.reduce((least, page) => Math.min(least, this.#due(page, stage)), Infinity)
    return this.#dues[stage]
  }

  /** All pages that may hold something due by then. */
  async readDue(stage: number, at: number): Promise<void> {
    await this.#readAll(() => this.#pages.filter((page) => this.#due(page, stage) <= at))
  }

  /** The same instances, in other pages. */
  replace(before: readonly Page[], refs: readonly PageRef[]): void {
    const [first] = before
    assert(first !== undefined, "pages are replaced by others")
    const at = this.#pages.indexOf(first)
    assert(
      before.every((page, i) => this.#pages[at + i] === page && page.read === first.read),
      "pages that are replaced lie side by side, and all or none were read",
    )
    this.#pages = this.#pages.toSpliced(
      at,
      before.length,
      ...refs.map((ref) => pageOf(ref, first.read || ref.parts === 0)),
    )
    this.#changed()
  }

  /** Pages may be replaced while others are read. */
  async #readAll(wanted: () => readonly Page[]): Promise<void> {
    for (let pages = new Set(wanted()); pages.size > 0; pages = new Set(wanted())) {
      await Promise.all([...pages].slice(0, STATE_READS_AT_ONCE).map((page) => this.#read(page)))
    }
  }

  async #read(page: Page): Promise<void> {
    if (page.folding !== undefined) await page.folding
    if (page.read || !this.#pages.includes(page)) return
    page.reading ??= this.#take(page).finally(() => {
      page.reading = undefined
    })
    await page.reading
  }

  async #take(page: Page): Promise<void> {
    const entries = decodeEntries(await this.#terms.values.read(page.ref))
    await this.#terms.room()
    for (const entry of entries) if (!this.#newer.has(entry.name)) this.#terms.place(entry)
    page.read = true
    this.#changed()
  }

  #changed(): void {
    this.#dues = []
    this.#unread = this.#count()
    if (this.#unread === 0) this.#newer.clear()
  }

  #count(): number {
    return this.#pages.reduce((count, { read }) => count + (read ? 0 : 1), 0)
  }

  /** What is past was done, and deltas tell of it: what counts is the first that was still to come. */
  #due({ ref, read }: Page, stage: number): number {
    if (read) return Number.POSITIVE_INFINITY
    const times = ref.deadlines[stage] ?? []
    const closed = this.#closedUpTo[stage] ?? Number.NEGATIVE_INFINITY
    const next = times.find((second) => second + 999 > closed)
    if (next !== undefined) return next
    return times.length === PAGE_DEADLINES_MAX ? times.at(-1)! : Number.POSITIVE_INFINITY
  }

  /** The page of a place on the ring: the last that begins at or before it. */
  #of(hash: number): Page {
    let [low, high] = [0, this.#pages.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#pages[middle]!.ref.from <= hash) low = middle
      else high = middle - 1
    }
    return this.#pages[low]!
  }
}

function pageOf(ref: PageRef, read: boolean): Page {
  return { ref, read, reading: undefined, folding: undefined }
}
