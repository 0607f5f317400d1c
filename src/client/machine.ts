/**
 * Owns: the publisher's decisions: which slot an event belongs to, what is sent next, when to look again, what there is
 * room for. Deterministic and without I/O: time is passed in, messages go out through `effects`.
 * Never: promises, timers, sockets (client.ts).
 *
 * M1 a (tenant, key) always has the same slot, and a slot lies within one lane.
 * M2 accepted = settled + in flight; in flight stays below its bounds, but for the last event's bytes.
 */

import { assert } from "../base/assert.ts"
import {
  LANES,
  PUBLISH_RETRY_FIRST_MS,
  PUBLISH_RETRY_MOST_MS,
  PUBLISH_SINGLE_SLOTS_PER_LANE,
  PUBLISH_TENANTS_CACHED_MAX,
} from "../base/limits.ts"
import type { Random } from "../base/random.ts"
import { keyHash, tenantSeed } from "../wire/lane.ts"
import { positionOf } from "../wire/position.ts"
import type { Admitted } from "./event.ts"
import type { Why } from "./failures.ts"
import type { Settled } from "./options.ts"
import { type Open, type Packing, packingFor, type Waiter } from "./parcel.ts"
import { Slot, type Yard } from "./slot.ts"
import type { Message, Outcome } from "./transport.ts"

export interface Effects {
  /** The outcome is given to `settled` later, never within. */
  send(message: Message, slot: Slot): void
}

export interface Counts {
  /** Events. */
  stored: number
  failed: number
  /** Messages, by attempt. */
  messages: number
  retries: number
  duplicates: number
  full: number
}

interface Tenant {
  readonly seed: number
  readonly slots: (Slot | undefined)[]
}

export interface MachineOptions {
  readonly options: Settled
  readonly messageBytesMax: number
  readonly random: Random
  readonly effects: Effects
}

export class Machine implements Yard {
  readonly lingerMs: number
  readonly counts: Counts = { stored: 0, failed: 0, messages: 0, retries: 0, duplicates: 0, full: 0 }
  readonly #options: Settled
  readonly #random: Random
  readonly #effects: Effects
  readonly #packing: Packing
  readonly #slotsPerTenant: number
  readonly #tenants = new Map<string, Tenant>()
  /** Those with something that time alone moves. */
  readonly #waiting = new Set<Slot>()
  readonly #name: string
  #nextMessage = 0
  #events = 0
  #bytes = 0

  constructor({ options, messageBytesMax, random, effects }: MachineOptions) {
    this.lingerMs = options.lingerMs
    this.#options = options
    this.#random = random
    this.#effects = effects
    this.#packing = packingFor(options, messageBytesMax)
    this.#slotsPerTenant = LANES * (options.messages === "single" ? PUBLISH_SINGLE_SLOTS_PER_LANE : 1)
    this.#name = `${random.uint32().toString(36)}${random.uint32().toString(36)}`
  }

  get inFlightEvents(): number {
    return this.#events
  }

  get inFlightBytes(): number {
    return this.#bytes
  }

  get hasRoom(): boolean {
    return this.#events < this.#options.inFlightEventsMax && this.#bytes < this.#options.inFlightBytesMax
  }

  /** Infinity: nothing will happen by time alone. */
  get dueAt(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const slot of this.#waiting) earliest = Math.min(earliest, slot.dueAt)
    return earliest
  }

  /** Throws PublishFailed, with nothing changed. There must be room. */
  accept(event: Admitted, waiter: Waiter, index: number, now: number, expiresAt: number): void {
    assert(this.hasRoom, "the door lets in only what there is room for")
    const slot = this.#slotOf(event)
    slot.add(event, waiter, index, now, expiresAt)
    if (!slot.isOnItsWay) this.#advance(slot, now)
  }

  settled(slot: Slot, outcome: Outcome, now: number): void {
    if (outcome.tag === "stored" && outcome.duplicate) this.counts.duplicates++
    if (outcome.tag === "full") this.counts.full++
    if (slot.settled(outcome, now, positionOf)) this.counts.retries++
    this.#advance(slot, now)
  }

  /** Does what has become due. */
  tick(now: number): void {
    for (const slot of [...this.#waiting]) if (slot.dueAt <= now) this.#advance(slot, now)
  }

  /** Nothing lingers any longer. */
  flush(now: number): void {
    for (const slot of [...this.#waiting]) {
      slot.sealNow()
      this.#advance(slot, now)
    }
  }

  giveUpAll(why: Why, reason: string): void {
    for (const { slots } of this.#tenants.values()) {
      for (const slot of slots) slot?.giveUpAll(why, reason)
    }
    this.#tenants.clear()
    this.#waiting.clear()
  }

  open(tenant: string, lane: number): Open {
    return this.#packing.open(tenant, lane)
  }

  messageId(): string {
    return `${this.#name}-${(this.#nextMessage++).toString(36)}`
  }

  /** Doubling, and spread over half of it, so that many publishers do not come back together. */
  backoffMs(attempts: number): number {
    const most = Math.min(PUBLISH_RETRY_MOST_MS, PUBLISH_RETRY_FIRST_MS * 2 ** (attempts - 1))
    return most * (0.5 + this.#random.next() / 2)
  }

  entered(bytes: number): void {
    this.#events++
    this.#bytes += bytes
  }

  left(end: "stored" | "failed", events: number, bytes: number): void {
    this.#events -= events
    this.#bytes -= bytes
    this.counts[end] += events
  }

  #advance(slot: Slot, now: number): void {
    const message = slot.takeNext(now)
    if (message !== undefined) {
      this.counts.messages++
      this.#effects.send(message, slot)
    }
    if (slot.dueAt === Number.POSITIVE_INFINITY) this.#waiting.delete(slot)
    else this.#waiting.add(slot)
  }

  #slotOf({ tenant, keyToken }: Admitted): Slot {
    const { seed, slots } = this.#tenants.get(tenant) ?? this.#addTenant(tenant)
    const number = keyHash(seed, keyToken) % this.#slotsPerTenant
    const known = slots[number]
    if (known !== undefined) return known
    const made = new Slot(tenant, number % LANES, this)
    slots[number] = made
    return made
  }

  #addTenant(name: string): Tenant {
    if (this.#tenants.size >= PUBLISH_TENANTS_CACHED_MAX) this.#forgetIdle()
    const tenant = { seed: tenantSeed(name), slots: Array.from<undefined>({ length: this.#slotsPerTenant }) }
    this.#tenants.set(name, tenant)
    return tenant
  }

  /** Tenants with something in flight stay: so there are never more than those and the bound. */
  #forgetIdle(): void {
    for (const [name, { slots }] of this.#tenants) {
      if (slots.every((slot) => slot === undefined || slot.isIdle)) this.#tenants.delete(name)
    }
  }
}
