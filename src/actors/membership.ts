/**
 * Owns: who is there, and which lanes and shards this runner holds: its own sign of life, claims and releases.
 * Never: working them (runner.ts), or correctness: that is the fences' (outbox, checkpoints).
 *
 *   runner.<id>               one run of one process, gone when it has not been renewed for SESSION_TTL_MS
 *   lease.lane.<g>.<lane>     the id of its holder; it lasts as long as the holder shows signs of life
 *   lease.shard.<g>.<shard>   the same; with a shard goes its loop lane
 *
 * So a runner renews one key, however many lanes and shards there are, and at rest little is written.
 *
 * M1 a lease changes hands by compare-and-set alone, and only from a holder that gave it up or is gone.
 * M2 a runner that was cut off itself does not take others for gone before they could come back, too.
 * M3 balance waits until the same runners have been there for a while, so that one that comes and goes moves nothing.
 */

import type { Clock } from "../base/clock.ts"
import { MEMBERS_MAX, REBALANCE_AFTER_MS, SESSION_TTL_MS } from "../base/limits.ts"
import { Conflict, type Entry, type Store } from "../streams/store.ts"
import { place } from "./placement.ts"

export const LEASED = ["lane", "shard"] as const
export type Leased = (typeof LEASED)[number]

/** `shard 3`, `lane 16`. */
export interface Item {
  readonly kind: Leased
  readonly number: number
}

export interface Member {
  readonly id: string
  /** It gives up what it holds, and takes nothing. */
  readonly leaving: boolean
}

export interface MembershipTerms {
  readonly store: Store
  readonly clock: Clock
  readonly generation: number
  /** How many there are of each. */
  readonly counts: Readonly<Record<Leased, number>>
  readonly id: string
}

export interface Wanted {
  readonly claim: readonly Item[]
  readonly release: readonly Item[]
}

/** What this runner should claim and release now: everybody who sees the same members decides the same. */
export function wanted(
  members: readonly Member[],
  id: string,
  counts: Readonly<Record<Leased, number>>,
  holds: (item: Item) => boolean,
): Wanted {
  const staying = members.filter(({ leaving }) => !leaving).map((member) => member.id)
  const claim: Item[] = []
  const release: Item[] = []
  for (const kind of LEASED) {
    const placed = place(counts[kind], staying)
    for (let number = 0; number < counts[kind]; number++) {
      const item = { kind, number }
      const mine = placed.get(number) === id
      if (mine && !holds(item)) claim.push(item)
      if (!mine && holds(item) && (placed.size > 0 || members.some((member) => member.id === id && member.leaving))) {
        release.push(item)
      }
    }
  }
  return { claim, release }
}

export class Membership {
  readonly #terms: MembershipTerms
  readonly #key: string
  #leaving = false
  #aliveUntilMs = Number.NEGATIVE_INFINITY
  /** Before that, nobody is taken for gone (M2). */
  #trustFromMs = Number.NEGATIVE_INFINITY
  #members: readonly Member[] = []
  #staying = ""
  #stayingSinceMs = Number.NEGATIVE_INFINITY

  constructor(terms: MembershipTerms) {
    this.#terms = terms
    this.#key = `runner.${terms.id}`
  }

  get members(): readonly Member[] {
    return this.#members
  }

  /** Shows a sign of life and looks who is there. True: this runner had been out of sight for longer than allowed. */
  async show(): Promise<boolean> {
    const { store, clock } = this.#terms
    const now = clock.monotonicMs()
    const lapsed = Number.isFinite(this.#aliveUntilMs) && now >= this.#aliveUntilMs
    if (lapsed) this.#trustFromMs = now + SESSION_TTL_MS
    const value = Buffer.from(JSON.stringify({ leaving: this.#leaving }), "utf8")
    await store.put(this.#key, value, { ttlMs: SESSION_TTL_MS })
    this.#aliveUntilMs = now + SESSION_TTL_MS
    this.#members = (await store.list("runner")).slice(0, MEMBERS_MAX).map(memberOf)
    this.#noteWhoStays()
    return lapsed
  }

  /** The same runners have been there for a while: what is not where it belongs may move (M3). */
  get settled(): boolean {
    return this.#terms.clock.monotonicMs() - this.#stayingSinceMs >= REBALANCE_AFTER_MS
  }

  #noteWhoStays(): void {
    const staying = this.#members.flatMap(({ id, leaving }) => (leaving ? [] : [id]))
    const names = staying.sort().join(" ")
    if (names === this.#staying) return
    this.#staying = names
    this.#stayingSinceMs = this.#terms.clock.monotonicMs()
  }

  /** From the next sign of life on, others take what is released. */
  leave(): void {
    this.#leaving = true
  }

  /** After everything was released. */
  async gone(): Promise<void> {
    await this.#terms.store.remove(this.#key)
  }

  wanted(holds: (item: Item) => boolean): Wanted {
    const { id, counts } = this.#terms
    const { claim, release } = wanted(this.#members, id, counts, holds)
    return { claim, release: this.settled ? release : [] }
  }

  /** Whether it is this runner's now. */
  async claim(item: Item): Promise<boolean> {
    const entry = await this.#terms.store.get(this.#leaseKey(item))
    if (entry !== undefined && holderOf(entry) === this.#terms.id) return true
    if (entry !== undefined && !this.#isGone(holderOf(entry))) return false
    return this.#write(item, entry?.revision ?? 0)
  }

  async holds(item: Item): Promise<boolean> {
    const entry = await this.#terms.store.get(this.#leaseKey(item))
    return entry !== undefined && holderOf(entry) === this.#terms.id
  }

  async release(item: Item): Promise<void> {
    const { store, id } = this.#terms
    const entry = await store.get(this.#leaseKey(item))
    if (entry === undefined || holderOf(entry) !== id) return
    try {
      await store.remove(entry.key, entry.revision)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }

  #isGone(holder: string): boolean {
    return this.#terms.clock.monotonicMs() >= this.#trustFromMs && !this.#members.some(({ id }) => id === holder)
  }

  async #write(item: Item, revision: number): Promise<boolean> {
    const { store, id } = this.#terms
    try {
      await store.put(this.#leaseKey(item), Buffer.from(id, "utf8"), { revision })
      return true
    } catch (error) {
      if (error instanceof Conflict) return false
      throw error
    }
  }

  #leaseKey({ kind, number }: Item): string {
    return leaseKey(kind, this.#terms.generation, number)
  }
}

export const leaseKey = (kind: Leased, generation: number, number: number) => `lease.${kind}.${generation}.${number}`

/** The value of a lease: the id of who holds it. */
export const holderOf = ({ value }: Entry): string => Buffer.from(value).toString("utf8")

export function memberOf({ key, value }: Entry): Member {
  const told: unknown = JSON.parse(Buffer.from(value).toString("utf8"))
  const leaving = typeof told === "object" && told !== null && "leaving" in told && told.leaving === true
  return { id: key.slice("runner.".length), leaving }
}
