/**
 * Owns: what the emits of a shard's frames become for each shard: the loop's side of routing. Pure.
 * Never: dropping repeats (positions alone tell: emits are made once), clocks.
 *
 * R9 a place is the frame's number and the emit's segment in it, so whoever routes a frame makes the same segments.
 * R10 every emit is judged by its own stamp; the lane's watermarks are those its frame's head says, by stage.
 */

import { explain, stackAbove } from "../../base/errors.ts"
import { SEGMENT_EVENTS_MAX } from "../../base/limits.ts"
import type { EventData, EventReader } from "../../define/reader.ts"
import { type Registry, registryOf } from "../../define/registry.ts"
import { pack } from "../../wire/pack.ts"
import { readReason } from "../decode.outcome.ts"
import { reasonText } from "../decode.reasons.ts"
import { FrameReader } from "../frame.read.ts"
import type { Emitted } from "../frame.ts"
import { loopLane } from "../lanes.ts"
import type { Stored } from "../log.ts"
import { afterMessage, type Place, placeOf } from "../place.ts"
import type { Coverage, Rejected } from "../section.ts"
import type { Deliver } from "./lane.ts"
import { homeShard, type Route, type Routes } from "./routes.ts"
import { recordBytes, SegmentGatherer } from "./segments.ts"

export interface LoopTerms {
  /** Whose emits they are. */
  readonly shard: number
  readonly shards: number
  readonly routes: Routes
}

export interface LoopState {
  readonly place: Place
  /** Of the outbox, that of the last frame routed; the next is behind it. */
  readonly sequence: number
  readonly watermarks: readonly number[]
}

const NOBODY: readonly Route[] = []

/** All events that somebody listens to: closed windows are among them. */
function heardEvents({ byType }: Routes): Registry {
  return registryOf(byType.values().flatMap((routes) => routes.map(({ plan }) => plan.event)))
}

export class LoopRouter {
  readonly #terms: LoopTerms
  readonly #lane: number
  readonly #registry: Registry
  readonly #segment: SegmentGatherer
  #state: LoopState
  /** As the newest frame's head says; none before one was routed here. */
  #coverage: readonly Coverage[] = []

  constructor(terms: LoopTerms, from: LoopState) {
    this.#terms = terms
    this.#lane = loopLane(terms.shard)
    this.#registry = heardEvents(terms.routes)
    this.#segment = new SegmentGatherer(terms.shards)
    this.#state = from
  }

  get state(): LoopState {
    return this.#state
  }

  get coverage(): readonly Coverage[] {
    return this.#coverage
  }

  /** The next frame of the shard. */
  take(stored: Stored, deliver: Deliver): void {
    const frame = new FrameReader(stored.body)
    const { n, watermarks, coverage } = frame.head()
    const emits = frame.emits()
    const before = this.#state.watermarks
    for (let from = 0; from < emits.length; from += SEGMENT_EVENTS_MAX) {
      for (let index = from; index < Math.min(emits.length, from + SEGMENT_EVENTS_MAX); index++) {
        this.#routeEmit(emits[index]!, index, n)
      }
      const place = placeOf(n, from / SEGMENT_EVENTS_MAX)
      const stamp = Number.NEGATIVE_INFINITY
      this.#segment.end(place, stamp, stored.arrivedAt, (shard, segment) => deliver(shard, segment, before))
    }
    this.#state = { place: afterMessage(n), sequence: stored.sequence, watermarks }
    this.#coverage = coverage
  }

  #routeEmit(emit: Emitted, index: number, n: number): void {
    const routes = this.#terms.routes.byType.get(emit.type) ?? NOBODY
    const reader = this.#registry.reader(emit.type, emit.version)
    if (routes.length === 0 || reader === undefined) return
    const data = this.#read(reader, emit, index, n)
    if (data === undefined) return
    for (const route of routes) this.#routeTo(route, emit, data, index, n)
  }

  /** What an actor emitted without its schema's leave is dead for everybody. */
  #read(reader: EventReader, emit: Emitted, index: number, n: number): EventData | undefined {
    const read = reader.read(emit.data)
    if (read.tag === "read") return read.data
    const reason = readReason(read)
    this.#reject(emit, index, n, { actor: null, reason: reason.tag, detail: reasonText(reason), stack: null })
    return undefined
  }

  #routeTo({ actor, type, plan }: Route, emit: Emitted, data: EventData, index: number, n: number): void {
    const { tenant, time, stamp } = emit
    try {
      const keys = plan.keysOf(data)
      if (keys.length === 0) return
      const record = { type, index, time, inputs: plan.prepare(data) }
      const bytes = recordBytes(record.inputs, keys.length)
      for (const { id } of keys) this.#segment.record(actor, tenant, id, stamp, record, bytes)
    } catch (error) {
      const stack = stackAbove(error, LoopRouter.name)
      this.#reject(emit, index, n, { actor, reason: "step-failed", detail: explain(error), stack })
    }
  }

  #reject(
    { tenant, type, id, time, data }: Emitted,
    index: number,
    n: number,
    why: Pick<Rejected, "actor" | "reason" | "detail" | "stack">,
  ): void {
    const shard = homeShard(this.#lane, n, this.#terms.shards)
    this.#segment.rejected(shard, { index, tenant, type, id, time, ...why, encoding: "msgpack", bytes: pack(data) })
  }
}
