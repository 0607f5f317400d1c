/**
 * Owns: telling, the same on every replay, whether an event's id occurred before in its lane.
 * Never: forgetting early. An id counts as long as it is among the last `idsMax` occurrences and its last occurrence
 * arrived within `withinMs`; a dropped repeat is an occurrence too.
 *
 * Ids are kept as 64 bits of hash: by the time a lane has seen 10^7 events, the chance that one was ever taken for
 * another is below 10^-6. Occurrences stand in a ring in order of arrival; an open-addressing table finds the newest
 * occurrence of an id. Both grow with what they hold: about 28 MB for a million ids, 12 bytes each when written down.
 */

import { assert } from "../../base/assert.ts"
import { fnv1a, mix32 } from "../../base/hash.ts"

export interface RepeatLimits {
  readonly idsMax: number
  readonly withinMs: number
}

const SMALLEST = 1024
/** Slots per remembered occurrence after a rebuild, and the share of used ones that asks for the next. */
const SLOTS_PER_ID = 4
const USED_MAX = 0.6
const EMPTY = 0
const BASE_SPAN_MAX = 2 ** 31

export class Repeats {
  readonly #limits: RepeatLimits
  /** Occurrence number i stands at i modulo the ring's size; [#first, #next) are remembered. */
  #high = new Uint32Array(SMALLEST)
  #low = new Uint32Array(SMALLEST)
  #arrivedAt = new Float64Array(SMALLEST)
  #first = 0
  #next = 0
  /** Slot → 1 + newest occurrence of an id - #base. An occurrence before #first is a tombstone. */
  #table = new Uint32Array(SMALLEST * SLOTS_PER_ID)
  #used = 0
  #base = 0

  constructor(limits: RepeatLimits) {
    assert(limits.idsMax >= SMALLEST, `a repeat window holds at least ${SMALLEST} ids`)
    this.#limits = limits
  }

  get size(): number {
    return this.#next - this.#first
  }

  /** Occurrences are numbered as they come, in this object; those of [start, end) are remembered. */
  get start(): number {
    return this.#first
  }

  get end(): number {
    return this.#next
  }

  get bytes(): number {
    return this.#high.byteLength * 2 + this.#arrivedAt.byteLength + this.#table.byteLength
  }

  /** Whether the id occurred within the window; from now on it has. Arrival times never go back within a lane. */
  occurred(tenant: string, type: string, id: string, arrivedAt: number): boolean {
    this.#expire(arrivedAt)
    const high = mix32(fnv1a(id, fnv1a(type, fnv1a(tenant))))
    const low = mix32(fnv1a(tenant, fnv1a(type, fnv1a(id, high))))
    return this.#record(high, low, arrivedAt)
  }

  /** The remembered occurrences among [from, to), oldest first, for a checkpoint. */
  *occurrences(from = 0, to = this.#next): IterableIterator<Occurrence> {
    for (let i = Math.max(from, this.#first); i < to; i++) {
      const at = i % this.#high.length
      yield { high: this.#high[at]!, low: this.#low[at]!, arrivedAt: this.#arrivedAt[at]! }
    }
  }

  /** Takes up occurrences of a checkpoint, in their order, before any other. */
  restore(occurrence: Occurrence): void {
    this.#expire(occurrence.arrivedAt)
    this.#record(occurrence.high, occurrence.low, occurrence.arrivedAt)
  }

  #expire(arrivedAt: number): void {
    const oldest = arrivedAt - this.#limits.withinMs
    while (this.#first < this.#next && this.#arrivedAt[this.#first % this.#high.length]! < oldest) this.#first++
  }

  #record(high: number, low: number, arrivedAt: number): boolean {
    if (this.size === this.#high.length) this.#growRing()
    if (this.#used >= this.#table.length * USED_MAX || this.#next - this.#base > BASE_SPAN_MAX) this.#rebuildTable()
    const slot = this.#slotOf(high, low)
    const repeated = this.#table[slot] !== EMPTY && this.#occurrenceIn(slot) >= this.#first
    if (this.#table[slot] === EMPTY) this.#used++
    const at = this.#next % this.#high.length
    this.#high[at] = high
    this.#low[at] = low
    this.#arrivedAt[at] = arrivedAt
    this.#table[slot] = 1 + this.#next - this.#base
    this.#next++
    if (this.size > this.#limits.idsMax) this.#first++
    return repeated
  }

  #occurrenceIn(slot: number): number {
    return this.#table[slot]! - 1 + this.#base
  }

  /** The id's own slot, or else the first that may become it. */
  #slotOf(high: number, low: number): number {
    const mask = this.#table.length - 1
    let free = -1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      if (this.#table[slot] === EMPTY) return free < 0 ? slot : free
      const occurrence = this.#occurrenceIn(slot)
      if (occurrence < this.#first) {
        if (free < 0) free = slot
        continue
      }
      const at = occurrence % this.#high.length
      if (this.#high[at] === high && this.#low[at] === low) return slot
    }
  }

  #growRing(): void {
    const size = this.#high.length * 2
    const [high, low, arrivedAt] = [new Uint32Array(size), new Uint32Array(size), new Float64Array(size)]
    for (let i = this.#first; i < this.#next; i++) {
      const from = i % this.#high.length
      high[i % size] = this.#high[from]!
      low[i % size] = this.#low[from]!
      arrivedAt[i % size] = this.#arrivedAt[from]!
    }
    this.#high = high
    this.#low = low
    this.#arrivedAt = arrivedAt
  }

  /** Drops the tombstones, in a table that fits what is remembered. */
  #rebuildTable(): void {
    let slots = SMALLEST * SLOTS_PER_ID
    while (slots < this.size * SLOTS_PER_ID * USED_MAX) slots *= 2
    this.#table = new Uint32Array(slots)
    this.#used = 0
    this.#base = this.#first
    for (let i = this.#first; i < this.#next; i++) {
      const at = i % this.#high.length
      const slot = this.#slotOf(this.#high[at]!, this.#low[at]!)
      if (this.#table[slot] === EMPTY) this.#used++
      this.#table[slot] = 1 + i - this.#base
    }
  }
}

export interface Occurrence {
  readonly high: number
  readonly low: number
  readonly arrivedAt: number
}
