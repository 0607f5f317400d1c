/**
 * Owns: where in the spill each cold instance is: prints of names to places, ten bytes each, whatever their number.
 * Never: names: several may have one print, and whoever reads the record sees whose it is.
 *
 * Open addressing; a print's home is in proportion to it, so growing needs no names, and removing leaves no traces: what
 * was pushed aside moves back.
 */

import { assert } from "../../base/assert.ts"

const FIRST_SLOTS = 1_024
const FULL_PART = 0.75
const GROWTH = 1.5
const PRINTS = 0x1_0000_0000

export class PlaceIndex {
  #prints = new Uint32Array(FIRST_SLOTS)
  /** 0: a free slot. */
  #places = new Uint32Array(FIRST_SLOTS)
  #units = new Uint16Array(FIRST_SLOTS)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(print: number, place: number, units: number): void {
    assert(place > 0, "place 0 is none")
    if (this.#size + 1 > this.#places.length * FULL_PART) this.#grow()
    this.#insert(print, place, units)
    this.#size++
  }

  /** Every place under the print, with its length in units. */
  *under(print: number): Iterable<readonly [place: number, units: number]> {
    for (let slot = this.#home(print); this.#places[slot] !== 0; slot = this.#after(slot)) {
      if (this.#prints[slot] === print) yield [this.#places[slot]!, this.#units[slot]!]
    }
  }

  hasAny(print: number): boolean {
    for (let slot = this.#home(print); this.#places[slot] !== 0; slot = this.#after(slot)) {
      if (this.#prints[slot] === print) return true
    }
    return false
  }

  has(print: number, place: number): boolean {
    return this.#find(print, place) >= 0
  }

  move(print: number, from: number, to: number): void {
    const slot = this.#find(print, from)
    assert(slot >= 0, "what is moved is there")
    this.#places[slot] = to
  }

  remove(print: number, place: number): void {
    let hole = this.#find(print, place)
    assert(hole >= 0, "what is removed is there")
    this.#size--
    for (let slot = this.#after(hole); this.#places[slot] !== 0; slot = this.#after(slot)) {
      if (!this.#mayMove(slot, hole)) continue
      this.#prints[hole] = this.#prints[slot]!
      this.#places[hole] = this.#places[slot]!
      this.#units[hole] = this.#units[slot]!
      hole = slot
    }
    this.#places[hole] = 0
  }

  /** Whether what stands in `slot` would be found in `hole`: its home is not between the two. */
  #mayMove(slot: number, hole: number): boolean {
    const home = this.#home(this.#prints[slot]!)
    return hole <= slot ? home <= hole || home > slot : home <= hole && home > slot
  }

  #insert(print: number, place: number, units: number): void {
    let slot = this.#home(print)
    while (this.#places[slot] !== 0) slot = this.#after(slot)
    this.#prints[slot] = print
    this.#places[slot] = place
    this.#units[slot] = units
  }

  #find(print: number, place: number): number {
    for (let slot = this.#home(print); this.#places[slot] !== 0; slot = this.#after(slot)) {
      if (this.#places[slot] === place && this.#prints[slot] === print) return slot
    }
    return -1
  }

  #home(print: number): number {
    return Math.floor((print / PRINTS) * this.#places.length)
  }

  #after(slot: number): number {
    return slot + 1 === this.#places.length ? 0 : slot + 1
  }

  #grow(): void {
    const [prints, places, units] = [this.#prints, this.#places, this.#units]
    const slots = Math.ceil(places.length * GROWTH)
    this.#prints = new Uint32Array(slots)
    this.#places = new Uint32Array(slots)
    this.#units = new Uint16Array(slots)
    for (let i = 0; i < places.length; i++) if (places[i] !== 0) this.#insert(prints[i]!, places[i]!, units[i]!)
  }
}
