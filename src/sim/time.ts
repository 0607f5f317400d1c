/**
 * Owns: what will happen, in the one order that a seed gives it: by virtual time, ties by chance drawn beforehand, then
 * by the order of asking. Never: running it (scheduler.ts).
 */

export interface Happening {
  readonly atMs: number
  readonly tie: number
  readonly order: number
  /** Whose step it is, and which: what a trace prints. */
  readonly who: string
  readonly what: string
  /** Undefined once it is cancelled. */
  run: (() => void) | undefined
}

/** A binary heap; cancelled entries leave it when they come up. */
export class Agenda {
  readonly #heap: Happening[] = []

  push(happening: Happening): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(happening)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(happening, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = happening
  }

  peek(): Happening | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.run === undefined) this.#removeFirst()
    return this.#heap[0]
  }

  pop(): Happening | undefined {
    const first = this.peek()
    if (first !== undefined) this.#removeFirst()
    return first
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length > 0) this.#sinkFromTop(last)
  }

  #sinkFromTop(sinking: Happening): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++
      if (!isBefore(heap[below]!, sinking)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = sinking
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  if (a.tie !== b.tie) return a.tie < b.tie
  return a.order < b.order
}
