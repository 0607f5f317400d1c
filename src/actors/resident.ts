/**
 * Owns: which instances are in memory: found at once; fetched before a step needs them; the least used sent away.
 * Never: what instances hold, snapshots, or when to do any of it (recovery.ts).
 *
 * R1 an instance is in one place only: in memory, in the spill, or in a page that was not read yet.
 * R2 one that is somewhere else is never taken for one that does not exist: looking for it without fetching it is a bug.
 * R3 memory is bounded: beyond `bytesMax`, about, what was not used for longest and is settled goes to the spill.
 */

import { assert } from "../base/assert.ts"
import type { Part } from "./cast.ts"
import { instanceBytes, instanceFrom } from "./instance.codec.ts"
import { type Instance, instanceName, partsOfName } from "./instance.ts"
import type { Instances } from "./residency.ts"
import { residentBytes } from "./resident-bytes.ts"
import type { Spill } from "./spill/spill.ts"

/** Pages of a snapshot that were not read yet. */
export interface Unread {
  /** Whether the name may be in one. */
  mayHave(name: string): boolean
  /** What is in the same pages as these is in the spill afterwards. */
  read(names: readonly string[]): Promise<void>
}

export interface ResidentsTerms {
  readonly parts: readonly Part[]
  readonly spill: Spill
  readonly unread: Unread
  readonly bytesMax: number
  /** It is about to change, to come or to go: this is how it was (undefined: not there). */
  readonly beforeChange: (name: string, instance: Instance | undefined) => void
}

interface Entry {
  readonly instance: Instance
  /** Since the hand came by. */
  used: boolean
  bytes: number
  /** Where it stands in the circle. */
  at: number
}

export class Residents implements Instances {
  readonly #terms: ResidentsTerms
  /** By actor, then tenant, then key: no name has to be put together to find one. */
  readonly #byActor: Map<string, Map<string, Entry>>[]
  /** All of them in a circle, where a hand goes round: whoever was not used since it last came by may go. */
  readonly #circle: Entry[] = []
  #hand = 0
  #bytes = 0
  /** Looked for by the last fetch and not there, though others may have their prints. */
  #absent = new Set<string>()

  constructor(terms: ResidentsTerms) {
    this.#terms = terms
    this.#byActor = terms.parts.map(() => new Map())
  }

  get size(): number {
    return this.#circle.length
  }

  get bytes(): number {
    return this.#bytes
  }

  get full(): boolean {
    return this.#bytes > this.#terms.bytesMax
  }

  find(actor: number, tenant: string, key: string): Instance | undefined {
    const entry = this.#byActor[actor]!.get(tenant)?.get(key)
    if (entry !== undefined) {
      entry.used = true
      return entry.instance
    }
    const name = instanceName(actor, tenant, key)
    assert(!this.#mayBeElsewhere(name) || this.#absent.has(name), `${name} was looked for and not fetched`)
    return undefined
  }

  add(instance: Instance): void {
    const { actor, tenant, key, name } = instance
    this.#terms.beforeChange(name, undefined)
    this.#insert(actor, tenant, key, instance, residentBytes(instance))
  }

  remove(instance: Instance): void {
    const entry = this.#entryOf(instance)
    this.#terms.beforeChange(instance.name, instance)
    this.#drop(entry)
  }

  touch(instance: Instance): void {
    this.#entryOf(instance)
    this.#terms.beforeChange(instance.name, instance)
  }

  /** As it is in memory; undefined: it is not. */
  resident(name: string): Instance | undefined {
    const { actor, tenant, key } = partsOfName(name)
    return this.#byActor[actor]!.get(tenant)?.get(key)?.instance
  }

  /** It has changed: it may be larger now. */
  settled(instance: Instance): void {
    const entry = this.#entryOf(instance)
    const bytes = residentBytes(instance)
    this.#bytes += bytes - entry.bytes
    entry.bytes = bytes
  }

  /** A promise only where pages have to be read: what is in the spill is had at once. */
  fetch(names: readonly string[]): Promise<void> | undefined {
    if (this.#absent.size > 0) this.#absent = new Set()
    const { unread } = this.#terms
    for (const name of names) {
      if (unread.mayHave(name) && !this.#isResident(name)) return this.#readAndFetch(names)
    }
    this.#fetch(names)
    return undefined
  }

  /** One that comes from a snapshot. */
  place(name: string, bytes: Uint8Array): void {
    if (!this.#terms.spill.put(name, bytes)) this.#insertDecoded(name, bytes)
  }

  /** Sends the least used away until the bound is kept, or nothing more may go. */
  shrink(): void {
    // Twice round at most: the first time takes away that somebody was used.
    for (let looks = 2 * this.#circle.length; looks > 0 && this.full && !this.#terms.spill.pressed; looks--) {
      if (this.#hand >= this.#circle.length) this.#hand = 0
      const entry = this.#circle[this.#hand]!
      if (entry.used || entry.instance.touched || !this.#away(entry)) {
        entry.used = false
        this.#hand++
      }
    }
  }

  async #readAndFetch(names: readonly string[]): Promise<void> {
    await this.#terms.unread.read(names.filter((name) => !this.#isResident(name)))
    this.#fetch(names)
  }

  #fetch(names: readonly string[]): void {
    const { spill } = this.#terms
    for (const name of names) {
      if (this.#isResident(name)) continue
      const bytes = spill.mayHave(name) ? spill.take(name) : undefined
      if (bytes !== undefined) this.#insertDecoded(name, bytes)
      // Also where nobody has its print now: a page that is read before the step may bring one that has.
      else this.#absent.add(name)
    }
  }

  #insertDecoded(name: string, bytes: Uint8Array): void {
    const { actor, tenant, key } = partsOfName(name)
    const instance = instanceFrom(this.#terms.parts[actor]!, name, bytes)
    this.#insert(actor, tenant, key, instance, residentBytes(instance))
  }

  #isResident(name: string): boolean {
    return this.resident(name) !== undefined
  }

  #mayBeElsewhere(name: string): boolean {
    return this.#terms.spill.mayHave(name) || this.#terms.unread.mayHave(name)
  }

  #away(entry: Entry): boolean {
    const { instance } = entry
    const { parts, spill } = this.#terms
    if (!spill.put(instance.name, instanceBytes(parts[instance.actor]!, instance))) return false
    this.#drop(entry)
    return true
  }

  #insert(actor: number, tenant: string, key: string, instance: Instance, bytes: number): void {
    const tenants = this.#byActor[actor]!
    const keys = tenants.get(tenant) ?? new Map<string, Entry>()
    if (keys.size === 0) tenants.set(tenant, keys)
    assert(!keys.has(key), `instance ${instance.name} is there twice`)
    const entry = { instance, used: true, bytes, at: this.#circle.length }
    keys.set(key, entry)
    this.#circle.push(entry)
    this.#bytes += bytes
  }

  #drop({ instance: { actor, tenant, key }, at, bytes }: Entry): void {
    const keys = this.#byActor[actor]!.get(tenant)!
    keys.delete(key)
    if (keys.size === 0) this.#byActor[actor]!.delete(tenant)
    const last = this.#circle.pop()!
    if (at < this.#circle.length) {
      this.#circle[at] = last
      last.at = at
    }
    this.#bytes -= bytes
  }

  /** Whoever held on to one that was sent away would change a copy that nobody sees. */
  #entryOf(instance: Instance): Entry {
    const { actor, tenant, key, name } = instance
    const entry = this.#byActor[actor]!.get(tenant)?.get(key)
    assert(entry !== undefined && entry.instance === instance, `${name} is changed and not in memory`)
    return entry
  }
}
