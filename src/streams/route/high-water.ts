/**
 * Owns: whether routers of INGEST may go on: the streams behind them must keep room for the loop, which empties them.
 * Never: holding back the loop's own lanes.
 */

import type { Clock, Timer } from "../../base/clock.ts"
import { explain, Failure } from "../../base/errors.ts"
import { HIGH_WATER_LOOK_EVERY_MS, HIGH_WATER_PART, LOW_WATER_PART } from "../../base/limits.ts"
import type { Logger } from "../../base/log.ts"
import type { Log } from "../log.ts"

export interface WatchedStream {
  readonly name: string
  readonly maxBytes: number
}

export interface HighWaterTerms {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly streams: readonly WatchedStream[]
}

export class HighWater {
  readonly #terms: HighWaterTerms
  #open = true
  #closed = false
  #timer: Timer | undefined

  constructor(terms: HighWaterTerms) {
    this.#terms = terms
  }

  get open(): boolean {
    return this.#open
  }

  start(): void {
    if (this.#closed) return
    this.#timer = this.#terms.clock.after(HIGH_WATER_LOOK_EVERY_MS, () => {
      void this.look().then(() => this.start())
    })
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  /** What cannot be told leaves it as it was: an append would be refused, or not answered, by itself. */
  async look(): Promise<void> {
    const { log, logger, streams } = this.#terms
    try {
      const bounds = await Promise.all(streams.map(({ name }) => log.bounds(name)))
      const fullest = Math.max(0, ...bounds.map(({ bytes }, i) => bytes / streams[i]!.maxBytes))
      const open = nowOpen(this.#open, fullest)
      if (open !== this.#open) {
        const says = open ? "reading the log again" : "reading the log no further: what comes behind it is nearly full"
        logger.warn(says, { fullestPart: Number(fullest.toFixed(3)) })
      }
      this.#open = open
    } catch (error) {
      if (!(error instanceof Failure) || error.verdict !== "retry") throw error
      logger.info("cannot tell how full the streams are", { reason: explain(error) })
    }
  }
}

/** Between the two marks it stays as it was, so that it does not swing. */
export function nowOpen(open: boolean, fullestPart: number): boolean {
  return open ? fullestPart < HIGH_WATER_PART : fullestPart < LOW_WATER_PART
}
