/** Owns: one reader's place in a memory stream, and its waiting. Never: looking past what was trimmed. */

import { assert } from "../../base/assert.ts"
import type { Clock } from "../../base/clock.ts"
import { type LogReader, type ReadFrom, Rewound, type Stored, Trimmed } from "../log.ts"
import type { MemoryStream } from "./stream.ts"
import { matches } from "./subjects.ts"

/** Called with each stored message's stream and subject. */
export type Wakeups = Set<(stream: string, subject: string) => void>

export class MemoryReader implements LogReader {
  readonly #stream: MemoryStream
  readonly #from: ReadFrom
  readonly #clock: Clock
  readonly #wakeups: Wakeups
  #upto: number
  #waiting: (() => void) | undefined
  #closed = false

  constructor(stream: MemoryStream, from: ReadFrom, clock: Clock, wakeups: Wakeups) {
    this.#stream = stream
    this.#from = from
    this.#clock = clock
    this.#wakeups = wakeups
    this.#upto = Math.max(0, from.from - 1)
  }

  get upto(): number {
    return this.#upto
  }

  async next(max: number, waitMs: number): Promise<readonly Stored[]> {
    assert(!this.#closed, "a closed reader is not asked again")
    assert(this.#waiting === undefined, "a reader is asked once at a time")
    const found = this.#take(max)
    if (found.length > 0 || waitMs <= 0) return found
    await this.#wait(waitMs)
    return this.#closed ? [] : this.#take(max)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#waiting?.()
  }

  #take(max: number): readonly Stored[] {
    const { filter, stream } = this.#from
    this.#checkPlace(`read ${filter ?? stream}`)
    const { found, upto } = this.#stream.read(this.#upto + 1, filter, max, this.#clock.now())
    this.#upto = upto
    return found
  }

  #checkPlace(operation: string): void {
    const { first, last } = this.#stream.bounds(this.#clock.now())
    if (this.#upto + 1 < first) {
      const reason = `the stream now begins at ${first}`
      throw new Trimmed({ operation, reason, sequence: this.#upto + 1, first })
    }
    if (this.#upto > last) {
      const reason = `the log ends at ${last}, and ${this.#upto} was already read`
      throw new Rewound({ operation, reason, last })
    }
  }

  #wait(waitMs: number): Promise<void> {
    const { filter, stream } = this.#from
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel()
        this.#wakeups.delete(onStored)
        this.#waiting = undefined
        resolve()
      }
      const onStored = (into: string, subject: string) => {
        if (into === stream && (filter === undefined || matches(filter, subject))) wake()
      }
      const timer = this.#clock.after(waitMs, wake)
      this.#wakeups.add(onStored)
      this.#waiting = wake
    })
  }
}
