/**
 * Owns: one lane while it is this runner's: reading it, routing it, writing where its next router goes on.
 * Never: deciding who owns it (leases), or what becomes of a message (lane-router.ts).
 *
 * R6 a checkpoint is written only when every shard has acknowledged all that stands before it, and only over the one
 *    this run read or wrote last: a lane that was taken over is noticed, and left.
 */

import { type Clock, sleep } from "../../base/clock.ts"
import {
  LANE_CHECKPOINT_EVERY_MS,
  REPEATS_PER_CHUNK,
  ROUTE_PROGRESS_EVERY_MS,
  ROUTE_READ_MESSAGES_MAX,
  ROUTE_READ_WAIT_MS,
} from "../../base/limits.ts"
import type { Log, LogReader } from "../log.ts"
import { INGEST } from "../names.ts"
import { START, sequenceOf } from "../place.ts"
import type { Segment } from "../section.ts"
import { Conflict, type Store } from "../store.ts"
import { decodeLaneCheckpoint, encodeLaneCheckpoint, KeptRepeats } from "./lane-checkpoint.ts"
import { LaneRouter, type LaneState, type LaneTerms } from "./lane-router.ts"
import type { RepeatLimits } from "./repeats.ts"
import type { Sender } from "./sender.ts"

export interface LaneLoopTerms extends LaneTerms {
  readonly log: Log
  readonly control: Store
  readonly state: Store
  readonly clock: Clock
  readonly filter: string
  readonly checkpointKey: string
  /** Of the keys of this run's chunks of ids. */
  readonly chunkPrefix: string
  readonly repeats: RepeatLimits
  readonly senders: readonly Sender[]
  /** Some shard has something to be told. */
  readonly nudge: (shard: number) => void
}

export type LaneEnd = "stopped" | "taken-over"

const FRESH: LaneState = {
  place: START,
  watermark: Number.NEGATIVE_INFINITY,
  counts: { accepted: 0, routed: 0, repeated: 0, rejected: 0 },
}

interface Candidate {
  readonly state: LaneState
  readonly mark: number
}

export class LaneLoop {
  readonly #terms: LaneLoopTerms
  readonly #kept: KeptRepeats
  readonly #ended = new AbortController()
  #router!: LaneRouter
  #revision = 0
  #candidate: Candidate | undefined
  #writtenAtMs = 0
  #toldAtMs = 0
  #wake: (() => void) | undefined

  constructor(terms: LaneLoopTerms) {
    this.#terms = terms
    this.#kept = new KeptRepeats(terms.state, terms.chunkPrefix, terms.repeats)
  }

  get state(): LaneState {
    return this.#router.state
  }

  /** Runs until it is stopped, or somebody else has the lane. Throws what no retry mends. */
  async run(): Promise<LaneEnd> {
    const { log, filter, lane, senders } = this.#terms
    const from = await this.#takeUp()
    for (const sender of senders) sender.own(lane, from.place)
    const reader = await log.read({ stream: INGEST, filter, from: sequenceOf(from.place) })
    try {
      return await this.#route(reader)
    } finally {
      for (const sender of senders) sender.disown(lane)
      await reader.close()
    }
  }

  stop(): void {
    this.#ended.abort()
    this.#wake?.()
  }

  /** Called when a shard acknowledged something: room, or a checkpoint, may be waiting for it. */
  progressed(): void {
    this.#wake?.()
  }

  async #takeUp(): Promise<LaneState> {
    const entry = await this.#terms.control.get(this.#terms.checkpointKey)
    const checkpoint = entry === undefined ? undefined : decodeLaneCheckpoint(entry.value)
    if (checkpoint !== undefined) await this.#kept.restore(checkpoint)
    this.#revision = entry?.revision ?? 0
    const from = checkpoint?.state ?? FRESH
    this.#router = new LaneRouter(this.#terms, this.#kept.repeats, from)
    this.#writtenAtMs = this.#terms.clock.monotonicMs()
    return from
  }

  async #route(reader: LogReader): Promise<LaneEnd> {
    const deliver = (shard: number, segment: Segment, events: number) => {
      this.#terms.senders[shard]!.add(this.#terms.lane, segment, events)
    }
    while (!this.#ended.signal.aborted) {
      const messages = await reader.next(ROUTE_READ_MESSAGES_MAX, this.#waitMs())
      for (const message of messages) this.#router.take(message, deliver)
      if (messages.length > 0) this.#tell()
      if (!(await this.#keepCheckpoint())) return "taken-over"
      await this.#room()
    }
    return (await this.#settle()) ? "stopped" : "taken-over"
  }

  /** While something is to be written or told soon, an idle lane looks again soon. */
  #waitMs(): number {
    return this.#candidate === undefined ? ROUTE_READ_WAIT_MS : ROUTE_PROGRESS_EVERY_MS
  }

  #tell(): void {
    const { senders, lane, clock, nudge } = this.#terms
    const { place, watermark } = this.#router.state
    const matters = clock.monotonicMs() - this.#toldAtMs >= ROUTE_PROGRESS_EVERY_MS
    if (matters) this.#toldAtMs = clock.monotonicMs()
    senders.forEach((sender, shard) => {
      sender.routed(lane, place, [watermark], matters)
      if (sender.due) nudge(shard)
    })
  }

  /** Full senders hold the lane back: memory stays bounded, and the log keeps what is not read. */
  async #room(): Promise<void> {
    while (!this.#ended.signal.aborted && this.#terms.senders.some(({ full }) => full)) await this.#woken()
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }

  /** False: the lane is somebody else's now. */
  async #keepCheckpoint(): Promise<boolean> {
    if (this.#candidate === undefined && this.#checkpointDue()) {
      this.#candidate = { state: this.#router.state, mark: this.#kept.repeats.end }
      this.#tellAll()
    }
    const candidate = this.#candidate
    if (candidate === undefined || !this.#acknowledged(candidate)) return true
    this.#candidate = undefined
    return this.#write(candidate)
  }

  #checkpointDue(): boolean {
    const aged = this.#terms.clock.monotonicMs() - this.#writtenAtMs >= LANE_CHECKPOINT_EVERY_MS
    return this.#kept.unwritten >= REPEATS_PER_CHUNK || aged
  }

  #acknowledged({ state }: Candidate): boolean {
    return this.#terms.senders.every((sender) => sender.acked(this.#terms.lane) >= state.place)
  }

  /** Shards without records must hear of the progress too before it can be written down. */
  #tellAll(): void {
    this.#toldAtMs = Number.NEGATIVE_INFINITY
    this.#tell()
  }

  async #write({ state, mark }: Candidate): Promise<boolean> {
    const { control, checkpointKey, clock } = this.#terms
    this.#writtenAtMs = clock.monotonicMs()
    const ids = await this.#kept.upTo(mark)
    try {
      this.#revision = await control.put(checkpointKey, encodeLaneCheckpoint({ state, ...ids }), {
        revision: this.#revision,
      })
    } catch (error) {
      if (error instanceof Conflict) return false
      throw error
    }
    await this.#kept.forgetAllBut(ids.chunks)
    return true
  }

  /** A planned end: what was routed is told and written down, so the next router starts where this one stopped. */
  async #settle(): Promise<boolean> {
    const candidate = { state: this.#router.state, mark: this.#kept.repeats.end }
    this.#tellAll()
    const { clock } = this.#terms
    const until = clock.monotonicMs() + LANE_CHECKPOINT_EVERY_MS
    while (!this.#acknowledged(candidate)) {
      if (clock.monotonicMs() >= until) return true
      await Promise.race([this.#woken(), sleep(clock, ROUTE_PROGRESS_EVERY_MS)])
    }
    return this.#write(candidate)
  }
}
