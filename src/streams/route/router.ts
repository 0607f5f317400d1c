/**
 * Owns: the lanes that this runner routes, each with its loop, and one way to each shard that they share.
 * Never: deciding which lanes are this runner's (membership).
 *
 * R11 loop lanes have ways of their own, so nothing that holds back INGEST holds back the loop.
 */

import { type Clock, sleep } from "../../base/clock.ts"
import { explain, Failure } from "../../base/errors.ts"
import {
  LOOP_PROGRESS_LINGER_MS,
  ROUTE_PROGRESS_LINGER_MS,
  ROUTE_RETRY_MS,
  SHARD_MESSAGE_BYTES,
  SHARD_MESSAGES_IN_FLIGHT_MAX,
} from "../../base/limits.ts"
import type { Logger } from "../../base/log.ts"
import type { Turns } from "../../base/turns.ts"
import { INGEST_SUBJECTS, laneFilter } from "../../wire/subject.ts"
import { isLoopLane, STRAY_LANE, shardOfLoop } from "../lanes.ts"
import type { Log } from "../log.ts"
import { shardSubject } from "../names.ts"
import { Conflict, type Store } from "../store.ts"
import { IngestLane } from "./ingest-lane.ts"
import type { Lane } from "./lane.ts"
import { LaneLoop, type Way } from "./lane-loop.ts"
import type { LaneState, LaneTerms } from "./lane-router.ts"
import { LoopLane } from "./loop-lane.ts"
import type { RepeatLimits } from "./repeats.ts"
import { Sender } from "./sender.ts"
import { Teller } from "./teller.ts"
import type { Ticks } from "./ticks.ts"

export interface RouterTerms extends Omit<LaneTerms, "lane"> {
  readonly generation: number
  readonly log: Log
  readonly control: Store
  readonly state: Store
  readonly clock: Clock
  readonly turns: Turns
  readonly logger: Logger
  readonly repeats: RepeatLimits
  readonly ticks: Ticks
  /** Whether lanes of INGEST may be read on. */
  readonly mayRead: () => boolean
  /** A name that nobody has had before, for what one run of a lane writes. */
  readonly runName: () => string
  /** Somebody else has the lane: it is not routed here any more. */
  readonly onTakenOver: (lane: number) => void
  /** Something that no retry mends: this runner cannot go on. */
  readonly onFailed: (error: unknown) => void
}

interface Running {
  readonly ended: AbortController
  readonly done: Promise<void>
}

interface Current {
  readonly lane: Lane
  readonly loop: LaneLoop
}

export class Router {
  readonly #terms: RouterTerms
  readonly #ways: readonly Way[]
  readonly #loopWays: readonly Way[]
  readonly #running = new Map<number, Running>()
  readonly #current = new Map<number, Current>()

  constructor(terms: RouterTerms) {
    this.#terms = terms
    this.#ways = this.#waysFor((lane) => !isLoopLane(lane), ROUTE_PROGRESS_LINGER_MS)
    this.#loopWays = this.#waysFor(isLoopLane, LOOP_PROGRESS_LINGER_MS)
  }

  get lanes(): readonly number[] {
    return [...this.#running.keys()]
  }

  /** Of a lane of INGEST that is worked here. */
  stateOf(lane: number): LaneState | undefined {
    const current = this.#current.get(lane)?.lane
    return current instanceof IngestLane ? current.state : undefined
  }

  own(lane: number): void {
    if (this.#running.has(lane)) return
    const ended = new AbortController()
    const done = this.#work(lane, ended.signal).then(
      (takenOver) => {
        this.#running.delete(lane)
        if (takenOver && !ended.signal.aborted) this.#terms.onTakenOver(lane)
      },
      (error: unknown) => {
        this.#running.delete(lane)
        this.#terms.onFailed(error)
      },
    )
    this.#running.set(lane, { ended, done })
  }

  /** What was routed is told and written down, within a bound. */
  async disown(lane: number): Promise<void> {
    const running = this.#running.get(lane)
    running?.ended.abort()
    this.#current.get(lane)?.loop.stop()
    await running?.done
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((lane) => this.disown(lane)))
    this.abandon()
  }

  /** At once, without a word: whoever comes next goes on from the checkpoints. */
  abandon(): void {
    for (const { teller } of [...this.#ways, ...this.#loopWays]) teller.close()
  }

  #waysFor(ours: (lane: number) => boolean, progressLingerMs: number): readonly Way[] {
    const { log, clock, logger, generation, shards, onFailed } = this.#terms
    const onProgress = () => {
      for (const [lane, { loop }] of this.#current) if (ours(lane)) loop.progressed()
    }
    return Array.from({ length: shards }, (_, shard) => {
      const limits = { messagesInFlightMax: SHARD_MESSAGES_IN_FLIGHT_MAX, bytesPerMessage: SHARD_MESSAGE_BYTES }
      const sender = new Sender(limits)
      const subject = shardSubject(generation, shard)
      const teller = new Teller({ log, clock, logger, subject, sender, progressLingerMs, onProgress, onFailed })
      return { sender, teller }
    })
  }

  /** True: somebody else has it. */
  async #work(number: number, ended: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#terms
    while (!ended.aborted) {
      try {
        const lane = await this.#takeUp(number)
        if (ended.aborted) return false
        return (await this.#loop(number, lane)) === "taken-over"
      } catch (error) {
        if (error instanceof Conflict) return true
        if (!(error instanceof Failure) || error.verdict !== "retry") throw error
        logger.warn("a lane cannot be taken up now, trying again", { lane: number, reason: explain(error) })
        await sleep(clock, ROUTE_RETRY_MS, ended)
      }
    }
    return false
  }

  #takeUp(number: number): Promise<Lane> {
    const { generation, runName } = this.#terms
    if (isLoopLane(number)) {
      const shard = shardOfLoop(number)
      return LoopLane.takeUp({ ...this.#terms, shard, checkpointKey: `loop.${generation}.${shard}` })
    }
    const filter = number === STRAY_LANE ? INGEST_SUBJECTS : laneFilter(number)
    const checkpointKey = laneCheckpointKey(generation, number)
    const chunkPrefix = `ids.${number}.${runName()}`
    return IngestLane.takeUp({ ...this.#terms, lane: number, filter, checkpointKey, chunkPrefix })
  }

  async #loop(number: number, lane: Lane) {
    const { mayRead, ticks } = this.#terms
    const isLoop = isLoopLane(number)
    const loop = new LaneLoop({
      ...this.#terms,
      ...{ number, lane },
      ways: isLoop ? this.#loopWays : this.#ways,
      mayRead: isLoop ? () => true : mayRead,
      idle: isLoop ? async () => {} : (idleMs, watermark) => ticks.idle(number, idleMs, watermark),
    })
    this.#current.set(number, { lane, loop })
    try {
      return await loop.run()
    } finally {
      this.#current.delete(number)
    }
  }
}

export const laneCheckpointKey = (generation: number, lane: number) => `lane.${generation}.${lane}`
