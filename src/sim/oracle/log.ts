/**
 * Owns: what the log of record says of each of its lanes, worked out from PROTOCOL.md's words alone: which events
 * count, which are repeats, how far each lane's watermark is at a place, and the stamp of every event.
 * Never: the engine's routing or windows; plain and slow on purpose, from the beginning of the log each time.
 */

import type { Registry } from "../../define/registry.ts"
import type { DecodedEvent, DecodeLimits, Rejection } from "../../streams/decode.outcome.ts"
import { decodeMessage } from "../../streams/decode.ts"
import type { Stored } from "../../streams/log.ts"

export interface LogRules {
  readonly registry: Registry
  readonly limits: DecodeLimits
  readonly outOfOrderMs: number
  /** A repeat is one of an id that occurred among the lane's last so many occurrences, within so long. */
  readonly repeats: { readonly idsMax: number; readonly withinMs: number }
}

/** One event that counts, with all that later decisions need. */
export interface LoggedEvent {
  readonly lane: number
  readonly sequence: number
  readonly segment: number
  readonly index: number
  readonly stamp: number
  readonly arrivedAt: number
  readonly tenant: string
  readonly type: string
  readonly id: string
  readonly time: number
  readonly data: Readonly<Record<string, unknown>>
}

export interface LoggedRejection {
  readonly lane: number
  readonly sequence: number
  readonly segment: number
  readonly index: number
  readonly reason: string
}

export interface LaneTally {
  readonly accepted: number
  readonly routed: number
  readonly repeated: number
  readonly rejected: number
}

const LANES = 16
const STRAY = 16
const EVENTS_PER_SEGMENT = 256
const SEGMENTS_PER_MESSAGE = 256

export const INGEST_LANES: readonly number[] = Array.from({ length: LANES }, (_, lane) => lane)

export function placeAt(of: { readonly sequence: number; readonly segment: number }): number {
  return of.sequence * SEGMENTS_PER_MESSAGE + of.segment
}

/** One lane, read whole. */
export class LaneLog {
  readonly events: LoggedEvent[] = []
  readonly rejected: LoggedRejection[] = []
  /** What each segment did to the counts and the watermark. */
  readonly #segments: { readonly place: number; readonly tally: LaneTally; readonly watermark: number }[] = []
  readonly #lane: number
  readonly #rules: LogRules
  /** By tenant, type and id: the newest occurrence. */
  readonly #occurred = new Map<string, { readonly number: number; readonly arrivedAt: number }>()
  #occurrences = 0
  #watermark = Number.NEGATIVE_INFINITY

  constructor(lane: number, rules: LogRules) {
    this.#lane = lane
    this.#rules = rules
  }

  read(stored: Stored): void {
    const { sequence, arrivedAt } = stored
    if (laneIn(stored.subject).tick) {
      this.#close(sequence, 0, arrivedAt, NOTHING)
      return
    }
    const { events, rejected } = decodeMessage(this.#rules.registry, this.#rules.limits, stored)
    const segments = new Set([...events, ...rejected].map(segmentOf))
    for (const segment of [...segments].sort((a, b) => a - b)) {
      this.#readSegment(stored, segment, events.filter(isIn(segment)), rejected.filter(isIn(segment)))
    }
  }

  /** Of everything that stands before the place. */
  tallyAt(place: number): LaneTally {
    const sum = { accepted: 0, routed: 0, repeated: 0, rejected: 0 }
    for (const segment of this.#segments) {
      if (segment.place >= place) break
      for (const name of Object.keys(sum) as (keyof LaneTally)[]) sum[name] += segment.tally[name]
    }
    return sum
  }

  /** One more than the place of its last segment with anything in it. */
  get end(): number {
    return (this.#segments.findLast(({ tally }) => tally.accepted > 0)?.place ?? -1) + 1
  }

  watermarkAt(place: number): number {
    let [from, upto] = [0, this.#segments.length]
    while (from < upto) {
      const middle = (from + upto) >> 1
      if (this.#segments[middle]!.place < place) from = middle + 1
      else upto = middle
    }
    return this.#segments[from - 1]?.watermark ?? Number.NEGATIVE_INFINITY
  }

  #readSegment(stored: Stored, segment: number, events: readonly DecodedEvent[], rejected: readonly Rejection[]): void {
    const { sequence, arrivedAt } = stored
    const stamp = this.#watermark
    let repeated = 0
    for (const event of events) {
      const { tenant, type, id, time, data, index } = event
      if (this.#isRepeat(JSON.stringify([tenant, type, id]), arrivedAt)) repeated++
      else {
        const at = { lane: this.#lane, sequence, segment, index, stamp, arrivedAt }
        this.events.push({ ...at, tenant, type, id, time, data })
      }
    }
    for (const rejection of rejected) {
      const at = { lane: this.#lane, sequence, segment, index: rejection.index ?? 0 }
      this.rejected.push({ ...at, reason: rejection.reason.tag })
    }
    const newest = Math.max(Number.NEGATIVE_INFINITY, ...events.map(({ time }) => time))
    this.#close(sequence, segment, Math.min(newest, arrivedAt), {
      accepted: events.length + rejected.length,
      routed: events.length - repeated,
      repeated,
      rejected: rejected.length,
    })
  }

  #isRepeat(name: string, arrivedAt: number): boolean {
    const { idsMax, withinMs } = this.#rules.repeats
    const before = this.#occurred.get(name)
    const number = this.#occurrences++
    this.#occurred.set(name, { number, arrivedAt })
    return before !== undefined && before.number >= number - idsMax && before.arrivedAt >= arrivedAt - withinMs
  }

  #close(sequence: number, segment: number, seen: number, tally: LaneTally): void {
    this.#watermark = Math.max(this.#watermark, seen - this.#rules.outOfOrderMs)
    this.#segments.push({ place: placeAt({ sequence, segment }), tally, watermark: this.#watermark })
  }
}

const NOTHING: LaneTally = { accepted: 0, routed: 0, repeated: 0, rejected: 0 }

export function readLanes(messages: Iterable<Stored>, rules: LogRules): ReadonlyMap<number, LaneLog> {
  const lanes = new Map([...INGEST_LANES, STRAY].map((lane) => [lane, new LaneLog(lane, rules)]))
  for (const stored of messages) lanes.get(laneIn(stored.subject).lane)!.read(stored)
  return lanes
}

function laneIn(subject: string): { readonly lane: number; readonly tick: boolean } {
  const [root, lane, ...rest] = subject.split(".")
  if (root !== "log") return { lane: STRAY, tick: false }
  return { lane: Number(lane), tick: rest.length === 1 && rest[0] === "_tick" }
}

const segmentOf = ({ index }: { readonly index: number | undefined }) => Math.floor((index ?? 0) / EVENTS_PER_SEGMENT)
const isIn = (segment: number) => (of: { readonly index: number | undefined }) => segmentOf(of) === segment
