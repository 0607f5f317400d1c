/**
 * Owns: one lane while it is this runner's: reading it, routing it, writing where its next router goes on.
 * Never: deciding who owns it (membership), or what becomes of a message (lane-router.ts, loop-router.ts).
 *
 * R7 a checkpoint is written only when every shard has acknowledged all that stands before it.
 * R8 at rest nothing is written: progress is told, and a checkpoint made, only when the lane has news.
 */

import type { Clock } from "../../base/clock.ts"
import { explain, Failure } from "../../base/errors.ts"
import {
  LANE_CHECKPOINT_EVERY_MS,
  ROUTE_LOOK_EVERY_MS,
  ROUTE_READ_MESSAGES_MAX,
  ROUTE_READ_WAIT_MS,
  ROUTE_RETRY_MS,
  ROUTE_SETTLE_WITHIN_MS,
} from "../../base/limits.ts"
import type { Logger } from "../../base/log.ts"
import type { Turns } from "../../base/turns.ts"
import { Packer } from "../../wire/pack.ts"
import { type Log, LogAway, type LogReader, type Stored } from "../log.ts"
import type { Place } from "../place.ts"
import { encodeSegment } from "../section.ts"
import type { Deliver, Lane, Mark } from "./lane.ts"
import type { Sender } from "./sender.ts"
import type { Teller } from "./teller.ts"

/** One for each shard. */
export interface Way {
  readonly sender: Sender
  readonly teller: Teller
}

export interface LaneLoopTerms<M extends Mark> {
  readonly number: number
  readonly lane: Lane<M>
  readonly log: Log
  readonly clock: Clock
  readonly turns: Turns
  readonly logger: Logger
  readonly ways: readonly Way[]
  /** Whether the log may be read on; the loop's own lanes always may. */
  readonly mayRead: () => boolean
  /** The lane has had nothing for so long, and stands at this watermark: does anybody wait for it to move? */
  readonly idle: (idleMs: number, watermark: number) => Promise<void>
}

export type LaneEnd = "stopped" | "taken-over"

export class LaneLoop<M extends Mark = Mark> {
  readonly #terms: LaneLoopTerms<M>
  readonly #ended = new AbortController()
  readonly #packer = new Packer(Buffer.allocUnsafe(16_384))
  #reader: LogReader | undefined
  #candidate: M | undefined
  #written: Place
  #writtenAtMs: number
  #busyAtMs: number
  #wake: (() => void) | undefined

  constructor(terms: LaneLoopTerms<M>) {
    this.#terms = terms
    this.#written = terms.lane.place
    this.#writtenAtMs = terms.clock.monotonicMs()
    this.#busyAtMs = this.#writtenAtMs
  }

  /** Runs until it is stopped, or somebody else has the lane. Throws what no retry mends. */
  async run(): Promise<LaneEnd> {
    const { log, lane, number, ways } = this.#terms
    this.#reader = await log.read(lane.from)
    for (const { sender } of ways) sender.own(number, lane.place)
    try {
      return await this.#route(this.#reader)
    } finally {
      for (const { sender } of ways) sender.disown(number)
      await this.#reader.close()
    }
  }

  /** What was routed is told and written down; then `run` ends. */
  stop(): void {
    this.#ended.abort()
    this.#wake?.()
    void this.#reader?.close()
  }

  /** A shard acknowledged something: room, or a checkpoint, may be waiting for it. */
  progressed(): void {
    this.#wake?.()
  }

  get place(): Place {
    return this.#terms.lane.place
  }

  async #route(reader: LogReader): Promise<LaneEnd> {
    const { turns, mayRead } = this.#terms
    while (!this.#stopped) {
      const messages = mayRead() ? await this.#read(reader) : await this.#pause(ROUTE_LOOK_EVERY_MS)
      await this.#take(messages)
      if (!(await this.#keepCheckpoint())) return "taken-over"
      if (turns.over) await turns.give()
    }
    return (await this.#settle()) ? "stopped" : "taken-over"
  }

  get #stopped(): boolean {
    return this.#ended.signal.aborted
  }

  async #read(reader: LogReader): Promise<readonly Stored[]> {
    const { clock, lane, idle, logger } = this.#terms
    try {
      const waitMs = this.#candidate === undefined ? ROUTE_READ_WAIT_MS : ROUTE_LOOK_EVERY_MS
      const messages = await reader.next(ROUTE_READ_MESSAGES_MAX, waitMs)
      if (messages.length > 0) this.#busyAtMs = clock.monotonicMs()
      else if (!this.#stopped) await idle(clock.monotonicMs() - this.#busyAtMs, lane.says.watermarks[0]!)
      return messages
    } catch (error) {
      if (!(error instanceof LogAway)) throw error
      logger.warn("a lane cannot be read now, trying again", { lane: this.#terms.number, reason: explain(error) })
      return this.#pause(ROUTE_RETRY_MS)
    }
  }

  async #take(messages: readonly Stored[]): Promise<void> {
    const { lane, number, ways, turns } = this.#terms
    let full = false
    const deliver: Deliver = (shard, segment, before) => {
      const { sender } = ways[shard]!
      sender.add(number, { place: segment.place, before, bytes: encodeSegment(segment, this.#packer) })
      full ||= sender.full
    }
    for (const message of messages) {
      lane.take(message, deliver)
      if (!full && !turns.over) continue
      this.#tell()
      await this.#room()
      full = false
      if (this.#stopped) return
      if (turns.over) await turns.give()
    }
    this.#tell()
    await this.#room()
  }

  #tell(): void {
    const { lane, number, ways } = this.#terms
    const { place, says, news } = lane
    for (const { sender, teller } of ways) {
      sender.routed(number, place, says, news)
      if (news || sender.urgent) teller.nudge()
    }
    if (news) lane.announced()
  }

  /** Full senders hold the lane back: memory stays bounded, and the log keeps what is not read. */
  async #room(): Promise<void> {
    while (!this.#stopped && this.#terms.ways.some(({ sender }) => sender.full)) await this.#woken()
  }

  async #pause(ms: number): Promise<readonly Stored[]> {
    await this.#woken(ms)
    return NOTHING
  }

  /** Until there is progress, or the end, or the time has passed. */
  #woken(withinMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : this.#terms.clock.after(withinMs, () => this.#wake?.())
      this.#wake = () => {
        this.#wake = undefined
        timer?.cancel()
        resolve()
      }
    })
  }

  /** False: the lane is somebody else's now. */
  async #keepCheckpoint(): Promise<boolean> {
    if (this.#candidate === undefined && this.#checkpointDue()) this.#candidate = this.#announceAll()
    const candidate = this.#candidate
    if (candidate === undefined || !this.#acknowledged(candidate)) return true
    const written = await this.#write(candidate)
    if (written === "later") return true
    this.#candidate = undefined
    return written
  }

  #checkpointDue(): boolean {
    const { clock, lane } = this.#terms
    if (lane.place === this.#written) return false
    const aged = clock.monotonicMs() - this.#writtenAtMs >= LANE_CHECKPOINT_EVERY_MS
    return lane.heavy || (aged && this.#toldSince())
  }

  /** Places alone are no news of a loop lane: its next router may go over them again. */
  #toldSince(): boolean {
    const { number, ways } = this.#terms
    return ways.some(({ sender }) => sender.told(number) > this.#written)
  }

  /** Shards without records must hear of the progress too before it can be written down. */
  #announceAll(): M {
    const { lane, number, ways } = this.#terms
    for (const { sender, teller } of ways) {
      sender.routed(number, lane.place, lane.says, true)
      teller.nudge()
    }
    lane.announced()
    return lane.mark()
  }

  #acknowledged({ place }: Mark): boolean {
    return this.#terms.ways.every(({ sender }) => sender.acked(this.#terms.number) >= place)
  }

  async #write(mark: M): Promise<boolean | "later"> {
    const { lane, clock, logger, number } = this.#terms
    try {
      const written = await lane.write(mark)
      this.#written = mark.place
      this.#writtenAtMs = clock.monotonicMs()
      return written
    } catch (error) {
      if (!(error instanceof Failure) || error.verdict !== "retry") throw error
      logger.warn("a lane's checkpoint cannot be written now, trying again", { lane: number, reason: explain(error) })
      await this.#woken(ROUTE_RETRY_MS)
      return "later"
    }
  }

  /** A planned end: what was routed is told and written down, so the next router starts where this one stopped. */
  async #settle(): Promise<boolean> {
    const { clock, lane, ways } = this.#terms
    if (lane.place === this.#written || (!this.#toldSince() && !lane.news)) return true
    const mark = this.#announceAll()
    for (const { teller } of ways) teller.hurry()
    const until = clock.monotonicMs() + ROUTE_SETTLE_WITHIN_MS
    while (!this.#acknowledged(mark)) {
      if (clock.monotonicMs() >= until) return true
      await this.#woken(until - clock.monotonicMs())
    }
    return (await this.#write(mark)) !== false
  }
}

const NOTHING: readonly Stored[] = []
