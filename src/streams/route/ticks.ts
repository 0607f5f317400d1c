/**
 * Owns: when an idle lane is ticked: so that what waits in shards for time to pass does not wait for traffic.
 * Never: inventing time (a tick's own arrival is what counts), or a tick that nobody waits for (R8).
 */

import type { Clock } from "../../base/clock.ts"
import { explain, Failure } from "../../base/errors.ts"
import { TICK_EVERY_MS } from "../../base/limits.ts"
import type { Logger } from "../../base/log.ts"
import { tickSubject } from "../../wire/subject.ts"
import { FrameReader } from "../frame.read.ts"
import type { FrameHead } from "../frame.ts"
import { isIngestLane } from "../lanes.ts"
import type { Log } from "../log.ts"
import { outboxStream, outboxSubject } from "../names.ts"

/** By stage; null: nothing waits. */
type Deadlines = FrameHead["deadlines"]

export interface TickTerms {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly generation: number
  readonly shards: number
  readonly outOfOrderMs: number
}

const EMPTY = new Uint8Array(0)

export class Ticks {
  readonly #terms: TickTerms
  /** By shard: what its newest known frame waits for. */
  readonly #deadlines: (Deadlines | undefined)[] = []
  /** Shards whose frames are told by `saw`, so that nobody has to look. */
  readonly #own = new Set<number>()
  readonly #tickedAtMs = new Map<number, number>()
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(terms: TickTerms) {
    this.#terms = terms
  }

  /** The shard is worked here, and its newest frame says this. */
  saw(shard: number, deadlines: Deadlines): void {
    this.#own.add(shard)
    this.#deadlines[shard] = deadlines
  }

  /** The shard is somebody else's. */
  gone(shard: number): void {
    this.#own.delete(shard)
  }

  /** The lane has had nothing for that long, and stands at this watermark. */
  async idle(lane: number, idleMs: number, watermark: number): Promise<void> {
    const { clock, outOfOrderMs, log, logger } = this.#terms
    const tickedAgo = clock.monotonicMs() - (this.#tickedAtMs.get(lane) ?? Number.NEGATIVE_INFINITY)
    if (!isIngestLane(lane) || idleMs < outOfOrderMs || tickedAgo < TICK_EVERY_MS) return
    try {
      await this.#look()
      const reachable = clock.now() - outOfOrderMs
      const wanted = wantedWatermark(this.#deadlines, reachable)
      if (watermark >= wanted) return
      this.#tickedAtMs.set(lane, clock.monotonicMs())
      await log.append({ subject: tickSubject(lane), body: EMPTY })
    } catch (error) {
      if (!(error instanceof Failure) || error.verdict !== "retry") throw error
      logger.info("an idle lane cannot be ticked now, trying again", { lane, reason: explain(error) })
    }
  }

  async #look(): Promise<void> {
    const { clock, shards, generation, log } = this.#terms
    const now = clock.monotonicMs()
    if (this.#own.size === shards || now - this.#lookedAtMs < TICK_EVERY_MS) return
    this.#lookedAtMs = now
    for (let shard = 0; shard < shards; shard++) {
      if (this.#own.has(shard)) continue
      const last = await log.last(outboxStream(generation), outboxSubject(generation, shard))
      if (last !== undefined) this.#deadlines[shard] = new FrameReader(last.body).head().deadlines
    }
  }
}

/**
 * The watermark that INGEST lanes must reach for everything that can be done by now; -Infinity: nothing waits for time
 * that has already come.
 */
export function wantedWatermark(byShard: readonly (Deadlines | undefined)[], reachable: number): number {
  let wanted = Number.NEGATIVE_INFINITY
  for (const deadlines of byShard) {
    for (const deadline of deadlines ?? []) {
      if (deadline !== null && deadline <= reachable && deadline > wanted) wanted = deadline
    }
  }
  return wanted
}
