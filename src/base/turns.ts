/**
 * Owns: how long the loops of a process, together, go on before sockets and timers get their turn.
 * Never: waiting for anything. On a clock that stands still while work is done (tests, simulation) nobody ever waits.
 */

import { type Clock, yieldTurn } from "./clock.ts"

export class Turns {
  readonly #clock: Clock
  readonly #workMsMax: number
  #since: number

  constructor(clock: Clock, workMsMax: number) {
    this.#clock = clock
    this.#workMsMax = workMsMax
    this.#since = clock.monotonicMs()
  }

  /** Whether work has gone on for long enough; then `give`. */
  get over(): boolean {
    return this.#clock.monotonicMs() - this.#since >= this.#workMsMax
  }

  async give(): Promise<void> {
    await yieldTurn()
    this.#since = this.#clock.monotonicMs()
  }
}
