/**
 * Owns: the heaviest values of a stream of any size: SpaceSaving with a fixed number of counters.
 * Never: exact lists (top.ts).
 *
 * While there have been no more distinct values than counters, it is exact and free of order. Beyond that a new value
 * takes over the least counter (ties: the greater string) with its count as the error, so
 *   count − error ≤ true count ≤ count, and what has no counter was seen at most `floor` times.
 * Which values stay then depends on the order of adds: the kind is `ordered`, and verify compares within the bounds.
 * Merging is commutative and keeps the bounds; a state is a set, so decoding one goes on as if never encoded.
 */

import { type Encoded, isList, type MeasureType, unreadable } from "./measure.ts"
import { compareRanked, type Ranked, ranked } from "./top.ts"

interface Counter {
  readonly value: string
  count: number
  error: number
}

export interface Bounded extends Ranked {
  /** How much of `count` may belong to others. */
  readonly error: number
}

export class SpaceSaving {
  readonly capacity: number
  readonly #counters = new Map<string, Counter>()
  /** What a value without a counter has been seen at most. */
  #floor = 0
  /** Counters that had the least count when last looked, the next victim at the end. */
  #victims: Counter[] = []
  #least = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  add(value: string, weight: number): void {
    if (weight === 0) return
    const counter = this.#counters.get(value)
    if (counter !== undefined) counter.count += weight
    else if (this.#counters.size < this.capacity) this.#insert(value, this.#floor + weight, this.#floor)
    else this.#takeOver(value, weight)
  }

  /** Every value's counts add up; one that a side does not know may have been seen there up to its floor. */
  merge(from: SpaceSaving): void {
    const mine = [...this.#counters.values()]
    for (const { value, count, error } of from.#counters.values()) {
      const held = this.#counters.get(value)
      if (held === undefined) this.#insert(value, count + this.#floor, error + this.#floor)
      else {
        held.count += count
        held.error += error
      }
    }
    for (const counter of mine) {
      if (from.#counters.has(counter.value)) continue
      counter.count += from.#floor
      counter.error += from.#floor
    }
    this.#floor += from.#floor
    this.#victims = []
    this.#shrink()
  }

  /** Heaviest first. */
  list(): readonly Bounded[] {
    return [...this.#counters.values()].sort(compareRanked)
  }

  /** What a value that is not in the list has been seen at most. */
  get floor(): number {
    return this.#floor
  }

  encode(): Encoded {
    return [this.#floor, ...this.list().flatMap(({ value, count, error }) => [value, count, error])]
  }

  static decode(encoded: Encoded, capacity: number): SpaceSaving {
    const sketch = new SpaceSaving(capacity)
    const [floor, ...rest] = isList(encoded) ? encoded : []
    if (typeof floor !== "number" || rest.length % 3 !== 0) throw unreadable("top")
    sketch.#floor = floor
    for (let i = 0; i < rest.length; i += 3) {
      const [value, count, error] = rest.slice(i, i + 3)
      if (typeof value !== "string" || typeof count !== "number" || typeof error !== "number") throw unreadable("top")
      sketch.#insert(value, count, error)
    }
    return sketch
  }

  #insert(value: string, count: number, error: number): void {
    this.#counters.set(value, { value, count, error })
  }

  #takeOver(value: string, weight: number): void {
    const victim = this.#nextVictim()
    this.#counters.delete(victim.value)
    this.#floor = Math.max(this.#floor, victim.count)
    this.#insert(value, victim.count + weight, victim.count)
  }

  /** Counts only grow and newcomers are above the least, so a look at all finds victims for many. */
  #nextVictim(): Counter {
    for (let victim = this.#victims.pop(); victim !== undefined; victim = this.#victims.pop()) {
      if (victim.count === this.#least) return victim
    }
    let least = Number.POSITIVE_INFINITY
    for (const { count } of this.#counters.values()) if (count < least) least = count
    this.#least = least
    for (const counter of this.#counters.values()) if (counter.count === least) this.#victims.push(counter)
    this.#victims.sort((a, b) => (a.value < b.value ? -1 : 1))
    return this.#victims.pop()!
  }

  #shrink(): void {
    if (this.#counters.size <= this.capacity) return
    for (const { value, count } of this.list().slice(this.capacity)) {
      this.#counters.delete(value)
      this.#floor = Math.max(this.#floor, count)
    }
  }
}

/** Counters for a list of n: enough that the tail of a skewed stream does not reach the list. */
export function countersFor(n: number): number {
  return Math.min(Math.max(128, n * 8), 1_024)
}

export function topApproximate(n: number, capacity = countersFor(n)): MeasureType<SpaceSaving, Ranked> {
  return {
    kind: "top",
    params: [1, n, capacity],
    ordered: true,
    empty: () => new SpaceSaving(capacity),
    prepare: ranked,
    add(state, { value, count }) {
      state.add(value, count)
      return state
    },
    merge(into, from) {
      into.merge(from)
      return into
    },
    encode: (state) => state.encode(),
    decode: (encoded) => SpaceSaving.decode(encoded, capacity),
  }
}
