/**
 * Owns: waiting until a burst of changes is over. Never: what changed.
 *
 * D1 after the last change of a burst it runs once, `quietMs` later; a burst without an end is cut after `mostMs`.
 * D2 it never runs twice at once: what changes meanwhile is one more run.
 */

import type { Clock, Timer } from "../../base/clock.ts"
import { DEV_SETTLE_MOST_MS, DEV_SETTLE_QUIET_MS } from "../../base/limits.ts"

export class Settling {
  readonly #clock: Clock
  readonly #run: () => Promise<void>
  #timer: Timer | undefined
  /** When the burst began. */
  #since: number | undefined
  #running: Promise<void> | undefined
  #closed = false

  /** `run` settles all by itself: it never rejects. */
  constructor(clock: Clock, run: () => Promise<void>) {
    this.#clock = clock
    this.#run = run
  }

  changed(): void {
    if (this.#closed) return
    const now = this.#clock.monotonicMs()
    this.#since ??= now
    this.#timer?.cancel()
    const left = Math.max(0, this.#since + DEV_SETTLE_MOST_MS - now)
    this.#timer = this.#clock.after(Math.min(DEV_SETTLE_QUIET_MS, left), () => this.#settled())
  }

  /** Resolves once nothing runs. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  #settled(): void {
    this.#timer = undefined
    // The run that goes on finds the burst still open when it ends.
    if (this.#running !== undefined) return
    this.#since = undefined
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#since !== undefined && this.#timer === undefined && !this.#closed) this.#settled()
    })
  }
}
