/** Owns: matching answers to questions over a channel by number, each within a bound. Never: the channel. */

import type { Clock } from "./clock.ts"

export class Answers<T> {
  #asked = 0
  readonly #open = new Map<number, (answer: T | undefined) => void>()
  readonly #withinMs: number
  readonly #clock: Clock

  constructor(withinMs: number, clock: Clock) {
    this.#withinMs = withinMs
    this.#clock = clock
  }

  /** Nothing if the question could not be sent (`send` says false), or no answer came in time. */
  ask(send: (id: number) => boolean): Promise<T | undefined> {
    const id = ++this.#asked
    return new Promise((resolve) => {
      const done = (answer: T | undefined) => {
        timer.cancel()
        this.#open.delete(id)
        resolve(answer)
      }
      const timer = this.#clock.after(this.#withinMs, () => done(undefined))
      this.#open.set(id, done)
      if (!send(id)) done(undefined)
    })
  }

  /** An answer that comes too late is dropped. */
  take(id: number, answer: T): void {
    this.#open.get(id)?.(answer)
  }
}
