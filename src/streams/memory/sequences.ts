/** Owns: the rising sequences of one subject, taken away oldest first. Never: gaps in the middle. */

const COMPACT_AFTER = 1024

export class Sequences {
  #held: number[] = []
  #head = 0

  push(sequence: number): void {
    this.#held.push(sequence)
  }

  shift(): void {
    this.#head++
    if (this.#head < COMPACT_AFTER || this.#head * 2 < this.#held.length) return
    this.#held = this.#held.slice(this.#head)
    this.#head = 0
  }

  count(): number {
    return this.#held.length - this.#head
  }

  first(): number | undefined {
    return this.#held[this.#head]
  }

  last(): number | undefined {
    return this.count() === 0 ? undefined : this.#held.at(-1)
  }

  /** At most `max` of them, the first not below `from`. */
  from(from: number, max: number): number[] {
    let low = this.#head
    let high = this.#held.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#held[middle]! < from) low = middle + 1
      else high = middle
    }
    return this.#held.slice(low, low + max)
  }
}
