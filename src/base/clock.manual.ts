/** Owns: a clock for tests that stands still until it is told to go on. Never: real time. */

import { type Clock, type Timer, yieldTurn } from "./clock.ts"

interface Due {
  readonly at: number
  readonly run: () => void
}

export class ManualClock implements Clock {
  #now: number
  #due: Due[] = []

  constructor(startMs = 1_767_225_600_000) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  monotonicMs(): number {
    return this.#now
  }

  after(delayMs: number, run: () => void): Timer {
    const due = { at: this.#now + delayMs, run }
    this.#due.push(due)
    const cancel = () => {
      this.#due = this.#due.filter((each) => each !== due)
    }
    return { cancel }
  }

  /** Runs what falls due on the way, in order, and lets each be followed by what waited for it. */
  async elapse(ms: number): Promise<void> {
    const until = this.#now + ms
    await yieldTurn()
    for (let next = this.#takeDue(until); next !== undefined; next = this.#takeDue(until)) {
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await yieldTurn()
    }
    this.#now = until
  }

  #takeDue(until: number): Due | undefined {
    const next = this.#due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
    this.#due = this.#due.filter((each) => each !== next)
    return next
  }
}
