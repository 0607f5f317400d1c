/**
 * Owns: one lane of INGEST (or the stray one) as its loop sees it: its router, and its checkpoint with the ids it
 * remembers. Never: reading, or sending.
 *
 * R6 a checkpoint is written only over the one this run read or wrote last, and the first thing a run writes is the one
 *    it found: from then on the previous owner's writes fail, so nothing it names is removed under our feet.
 */

import { LANE_TAKE_UP_TRIES_MAX, REPEATS_PER_CHUNK } from "../../base/limits.ts"
import { Checkpoint } from "../checkpoint.ts"
import type { ReadFrom, Stored } from "../log.ts"
import { INGEST } from "../names.ts"
import { type Place, START, sequenceOf } from "../place.ts"
import { Conflict, type Store } from "../store.ts"
import type { Deliver, Lane, Mark } from "./lane.ts"
import {
  decodeLaneCheckpoint,
  encodeLaneCheckpoint,
  type IdsMark,
  KeptRepeats,
  type LaneCheckpoint,
} from "./lane-checkpoint.ts"
import { LaneRouter, type LaneState, type LaneTerms } from "./lane-router.ts"
import type { RepeatLimits } from "./repeats.ts"
import type { Progress } from "./sender.ts"

export interface IngestLaneTerms extends LaneTerms {
  readonly control: Store
  /** For ids. */
  readonly state: Store
  readonly filter: string
  readonly checkpointKey: string
  /** Of the keys of this run's chunks of ids. */
  readonly chunkPrefix: string
  readonly repeats: RepeatLimits
}

const FRESH: LaneCheckpoint = {
  state: {
    place: START,
    watermark: Number.NEGATIVE_INFINITY,
    counts: { accepted: 0, routed: 0, repeated: 0, rejected: 0 },
  },
  chunks: [],
  tail: [],
}

interface IngestMark extends Mark {
  readonly state: LaneState
  readonly ids: IdsMark
}

export class IngestLane implements Lane<IngestMark> {
  readonly from: ReadFrom
  readonly #checkpoint: Checkpoint
  readonly #kept: KeptRepeats
  readonly #router: LaneRouter
  #announced: Place

  private constructor(terms: IngestLaneTerms, checkpoint: Checkpoint, kept: KeptRepeats, { state }: LaneCheckpoint) {
    this.from = { stream: INGEST, filter: terms.filter, from: sequenceOf(state.place) }
    this.#checkpoint = checkpoint
    this.#kept = kept
    this.#router = new LaneRouter(terms, kept.repeats, state)
    this.#announced = state.place
  }

  static async takeUp(terms: IngestLaneTerms): Promise<IngestLane> {
    const checkpoint = new Checkpoint(terms.control, terms.checkpointKey)
    for (let tries = 0; tries < LANE_TAKE_UP_TRIES_MAX; tries++) {
      const bytes = await checkpoint.read()
      const found = bytes === undefined ? FRESH : decodeLaneCheckpoint(bytes)
      if (!(await checkpoint.write(bytes ?? encodeLaneCheckpoint(FRESH)))) continue
      const kept = new KeptRepeats(terms.state, terms.chunkPrefix, terms.repeats)
      await kept.restore(found)
      return new IngestLane(terms, checkpoint, kept, found)
    }
    const reason = "its checkpoint is written by somebody else all the time"
    throw new Conflict({ operation: `take over lane ${terms.lane}`, reason })
  }

  get state(): LaneState {
    return this.#router.state
  }

  get place(): Place {
    return this.#router.place
  }

  get says(): Progress {
    return { watermarks: [this.#router.watermark] }
  }

  get news(): boolean {
    return this.#router.place > this.#announced
  }

  announced(): void {
    this.#announced = this.#router.place
  }

  get heavy(): boolean {
    return this.#kept.unwritten >= REPEATS_PER_CHUNK
  }

  take(message: Stored, deliver: Deliver): void {
    this.#router.take(message, deliver)
  }

  mark(): IngestMark {
    const { state } = this.#router
    return { place: state.place, state, ids: this.#kept.mark() }
  }

  async write({ state, ids }: IngestMark): Promise<boolean> {
    const kept = await this.#kept.upTo(ids)
    if (!(await this.#checkpoint.write(encodeLaneCheckpoint({ state, ...kept })))) return false
    await this.#kept.forgetAllBut(kept.chunks)
    return true
  }
}
