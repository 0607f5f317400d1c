/**
 * Owns: what one INGEST lane's messages become for each shard: the pure heart of routing.
 * Never: reading the log, sending, clocks. The same messages make the same segments, on every replay.
 *
 * R4 every event of a message ends as exactly one of routed, repeated, rejected (A6: accepted = routed + duplicate + dead).
 * R5 a segment's stamp is the watermark of all that stands before its block of 256 events in the lane, so events of one
 *    block do not make each other late, and lateness is a function of the log alone.
 */

import { explain, stackAbove } from "../../base/errors.ts"
import { SEGMENT_BYTES, SEGMENT_EVENTS_MAX, SEGMENTS_PER_BLOCK_MAX } from "../../base/limits.ts"
import type { Registry } from "../../define/registry.ts"
import { pack } from "../../wire/pack.ts"
import { parseStored } from "../../wire/subject.ts"
import type { Decoded, DecodedEvent, DecodeLimits, Rejection } from "../decode.outcome.ts"
import { reasonText } from "../decode.reasons.ts"
import { decodeMessage } from "../decode.ts"
import type { Stored } from "../log.ts"
import { afterMessage, type Place, placeOf } from "../place.ts"
import type { Rejected } from "../section.ts"
import type { Deliver } from "./lane.ts"
import type { Repeats } from "./repeats.ts"
import { homeShard, type Route, type Routes } from "./routes.ts"
import { recordBytes, SegmentGatherer } from "./segments.ts"

export interface LaneTerms {
  readonly lane: number
  readonly shards: number
  readonly routes: Routes
  readonly registry: Registry
  readonly limits: DecodeLimits
  readonly outOfOrderMs: number
  /** Whether the type's events are kept as facts. */
  readonly keepsFacts: (type: string) => boolean
}

/** Of a lane since its beginning, at a place. */
export interface LaneCounts {
  readonly accepted: number
  readonly routed: number
  readonly repeated: number
  readonly rejected: number
}

export interface LaneState {
  readonly place: Place
  readonly watermark: number
  readonly counts: LaneCounts
}

const NOTHING: readonly Route[] = []

const blockOf = (index: number) => Math.floor(index / SEGMENT_EVENTS_MAX)

export class LaneRouter {
  readonly #terms: LaneTerms
  readonly #repeats: Repeats
  readonly #segment: SegmentGatherer
  /** Of the block at hand that are ended. */
  #segments = 0
  #place: Place
  #watermark: number
  #counts: { accepted: number; routed: number; repeated: number; rejected: number }

  constructor(terms: LaneTerms, repeats: Repeats, from: LaneState) {
    this.#terms = terms
    this.#repeats = repeats
    this.#segment = new SegmentGatherer(terms.shards)
    this.#place = from.place
    this.#watermark = from.watermark
    this.#counts = { ...from.counts }
  }

  get place(): Place {
    return this.#place
  }

  get watermark(): number {
    return this.#watermark
  }

  get state(): LaneState {
    return { place: this.#place, watermark: this.#watermark, counts: { ...this.#counts } }
  }

  /** The next message of the lane. */
  take(stored: Stored, deliver: Deliver): void {
    if (parseStored(stored.subject)?.tag === "tick") this.#seen(stored.arrivedAt)
    else this.#route(decodeMessage(this.#terms.registry, this.#terms.limits, stored), stored, deliver)
    this.#place = afterMessage(stored.sequence)
  }

  #route({ events, rejected }: Decoded, stored: Stored, deliver: Deliver): void {
    let event = 0
    let rejection = 0
    while (event < events.length || rejection < rejected.length) {
      const block = blockOf(Math.min(events[event]?.index ?? Number.POSITIVE_INFINITY, indexOf(rejected[rejection])))
      let newest = Number.NEGATIVE_INFINITY
      this.#segments = 0
      for (; event < events.length && blockOf(events[event]!.index) === block; event++) {
        const each = events[event]!
        if (each.time > newest) newest = each.time
        this.#routeEvent(each, stored)
        this.#endIfLong(block, stored, deliver)
      }
      for (; rejection < rejected.length && blockOf(indexOf(rejected[rejection])) === block; rejection++) {
        this.#reject(rejected[rejection]!, stored)
        this.#endIfLong(block, stored, deliver)
      }
      this.#end(block, stored, deliver)
      this.#seen(Math.min(newest, stored.arrivedAt))
    }
  }

  /** Long events make several segments of a block, with one stamp, so that each fits a message to its shard. */
  #endIfLong(block: number, stored: Stored, deliver: Deliver): void {
    if (this.#segment.bytes < SEGMENT_BYTES || this.#segments === SEGMENTS_PER_BLOCK_MAX - 1) return
    this.#end(block, stored, deliver)
    this.#segments++
  }

  #end(block: number, { sequence, arrivedAt }: Stored, deliver: Deliver): void {
    const place = placeOf(sequence, block * SEGMENTS_PER_BLOCK_MAX + this.#segments)
    const stamp = this.#watermark
    this.#segment.end(place, stamp, arrivedAt, (shard, segment) => deliver(shard, segment, [stamp]))
  }

  #seen(time: number): void {
    this.#watermark = Math.max(this.#watermark, time - this.#terms.outOfOrderMs)
  }

  #routeEvent(event: DecodedEvent, stored: Stored): void {
    this.#counts.accepted++
    const { tenant, type, id, time, data, index } = event
    if (this.#repeats.occurred(tenant, type, id, stored.arrivedAt)) {
      this.#counts.repeated++
      return
    }
    this.#counts.routed++
    for (const route of this.#terms.routes.byType.get(type) ?? NOTHING) this.#routeTo(route, event, stored)
    if (!this.#terms.keepsFacts(type)) return
    const { lane, shards } = this.#terms
    const fact = { index, id, tenant, type, key: event.key, time, data }
    this.#segment.fact(homeShard(lane, stored.sequence, shards), fact)
  }

  #routeTo(route: Route, event: DecodedEvent, stored: Stored): void {
    const { actor, type, plan } = route
    try {
      const keys = plan.keysOf(event.data)
      if (keys.length === 0) return
      const inputs = plan.prepare(event.data)
      const record = { type, index: event.index, time: event.time, inputs }
      const bytes = recordBytes(inputs, keys.length)
      for (const { id } of keys) this.#segment.record(actor, event.tenant, id, null, record, bytes)
    } catch (error) {
      this.#failed(actor, event, stored, error)
    }
  }

  /** An actor's own function failed on it: dead for this actor alone, and the lane goes on. */
  #failed(actor: number, event: DecodedEvent, stored: Stored, error: unknown): void {
    const { lane, shards } = this.#terms
    const { index, tenant, type, id, time, data } = event
    this.#segment.rejected(homeShard(lane, stored.sequence, shards), {
      ...{ index, tenant, type, id, time, actor },
      reason: "step-failed",
      detail: explain(error),
      stack: stackAbove(error, LaneRouter.name),
      encoding: "msgpack",
      bytes: pack(data),
    })
  }

  #reject(rejection: Rejection, stored: Stored): void {
    this.#counts.accepted++
    this.#counts.rejected++
    const { lane, shards } = this.#terms
    this.#segment.rejected(homeShard(lane, stored.sequence, shards), rejectedOf(rejection))
  }
}

/** A rejected message as a whole stands at its beginning. */
function indexOf(rejection: Rejection | undefined): number {
  return rejection === undefined ? Number.POSITIVE_INFINITY : (rejection.index ?? 0)
}

function rejectedOf(rejection: Rejection): Rejected {
  return {
    index: indexOf(rejection),
    tenant: rejection.tenant ?? null,
    type: rejection.type ?? null,
    id: rejection.id ?? null,
    time: rejection.time ?? null,
    reason: rejection.reason.tag,
    detail: reasonText(rejection.reason),
    stack: null,
    actor: null,
    encoding: rejection.encoding,
    bytes: rejection.body,
  }
}
