/**
 * Owns: one shard's outbox as a lane: its router, and its checkpoint. Never: reading, or sending.
 *
 * Wire version 1 of the checkpoint: MessagePack [1, place, outbox sequence, [watermark by stage…]].
 */

import { isDeepStrictEqual } from "node:util"
import { LANE_TAKE_UP_TRIES_MAX } from "../../base/limits.ts"
import { Packer } from "../../wire/pack.ts"
import { Malformed, Unpacker } from "../../wire/unpack.ts"
import { Checkpoint } from "../checkpoint.ts"
import type { ReadFrom, Stored } from "../log.ts"
import { outboxStream, outboxSubject } from "../names.ts"
import { type Place, START } from "../place.ts"
import { listOf } from "../section.ts"
import { Conflict, type Store } from "../store.ts"
import type { Deliver, Lane, Mark } from "./lane.ts"
import { LoopRouter, type LoopState, type LoopTerms } from "./loop-router.ts"
import type { Progress } from "./sender.ts"

export const LOOP_CHECKPOINT_WIRE = 1

export interface LoopLaneTerms extends LoopTerms {
  readonly generation: number
  readonly control: Store
  readonly checkpointKey: string
}

const FRESH: LoopState = { place: START, sequence: 0, watermarks: [] }

interface LoopMark extends Mark {
  readonly state: LoopState
}

export class LoopLane implements Lane<LoopMark> {
  readonly from: ReadFrom
  readonly heavy = false
  readonly #checkpoint: Checkpoint
  readonly #router: LoopRouter
  #announced: Progress

  private constructor(terms: LoopLaneTerms, checkpoint: Checkpoint, state: LoopState) {
    const { generation, shard } = terms
    const filter = outboxSubject(generation, shard)
    this.from = { stream: outboxStream(generation), filter, from: state.sequence + 1 }
    this.#checkpoint = checkpoint
    this.#router = new LoopRouter(terms, state)
    this.#announced = this.says
  }

  static async takeUp(terms: LoopLaneTerms): Promise<LoopLane> {
    const checkpoint = new Checkpoint(terms.control, terms.checkpointKey)
    for (let tries = 0; tries < LANE_TAKE_UP_TRIES_MAX; tries++) {
      const bytes = await checkpoint.read()
      const state = bytes === undefined ? FRESH : decodeLoopCheckpoint(bytes)
      if (await checkpoint.write(encodeLoopCheckpoint(state))) return new LoopLane(terms, checkpoint, state)
    }
    const reason = "its checkpoint is written by somebody else all the time"
    throw new Conflict({ operation: `take over the loop lane of shard ${terms.shard}`, reason })
  }

  get place(): Place {
    return this.#router.state.place
  }

  get says(): Progress {
    return { watermarks: this.#router.state.watermarks, coverage: this.#router.coverage }
  }

  /** Places of its own are none: frames would follow frames for ever. Those of INGEST, and watermarks, come to rest. */
  get news(): boolean {
    return !isDeepStrictEqual(this.says, this.#announced)
  }

  announced(): void {
    this.#announced = this.says
  }

  take(message: Stored, deliver: Deliver): void {
    this.#router.take(message, deliver)
  }

  mark(): LoopMark {
    const { state } = this.#router
    return { place: state.place, state }
  }

  async write({ state }: LoopMark): Promise<boolean> {
    return this.#checkpoint.write(encodeLoopCheckpoint(state))
  }
}

export function encodeLoopCheckpoint({ place, sequence, watermarks }: LoopState): Uint8Array {
  const packer = new Packer(Buffer.allocUnsafe(64))
  packer.arrayHeader(4)
  packer.number(LOOP_CHECKPOINT_WIRE)
  packer.number(place)
  packer.number(sequence)
  packer.value(watermarks)
  return packer.written
}

export function decodeLoopCheckpoint(bytes: Uint8Array): LoopState {
  const unpacker = new Unpacker()
  unpacker.start(bytes)
  unpacker.expectArray(4)
  const wire = unpacker.number()
  if (wire !== LOOP_CHECKPOINT_WIRE) {
    throw new Malformed(`a loop checkpoint of wire version ${wire}; this build reads ${LOOP_CHECKPOINT_WIRE}`)
  }
  const state = {
    place: unpacker.number(),
    sequence: unpacker.number(),
    watermarks: listOf(unpacker, () => unpacker.number()),
  }
  unpacker.finish()
  return state
}
