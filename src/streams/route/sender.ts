/**
 * Owns: what one shard is told, and that it is told again until it holds together: sections in, messages out.
 * Never: appending, waiting, or what a segment holds.
 *
 * R1 a lane's sections follow each other: each begins `after` where the one cut before it ended.
 * R2 a message counts as acknowledged only in order, each stored behind the one before it. The shard skips what comes
 *    after a gap, so an outcome that is not known sends everything from there again (go-back-N).
 * R3 no more than `messagesInFlightMax` messages are under way, and no more than that many kept for sending again.
 */

import { assert } from "../../base/assert.ts"
import type { Place } from "../place.ts"
import type { Section, Segment } from "../section.ts"

export interface SenderLimits {
  readonly messagesInFlightMax: number
  /** A message is cut no larger than about this; a single segment may exceed it. */
  readonly eventsPerMessage: number
}

/** A message to append; `number` names it when its outcome is told. */
export interface Outbound {
  readonly number: number
  readonly sections: readonly Section[]
}

interface Kept extends Outbound {
  flying: boolean
  /** Where it is known to stand in the shard's stream. */
  storedAt: number | undefined
}

interface LaneProgress {
  /** Told so far, in whatever state. */
  told: Place
  acked: Place
  routed: Place
  watermarks: readonly number[]
  segments: Segment[]
  /** Something to tell: segments, or progress that matters. */
  due: boolean
}

export class Sender {
  readonly #limits: SenderLimits
  readonly #lanes = new Map<number, LaneProgress>()
  /** In the order of cutting; the first is the oldest that is not acknowledged. */
  readonly #kept: Kept[] = []
  #next = 0
  #ackedSequence = 0
  #waitingEvents = 0

  constructor(limits: SenderLimits) {
    this.#limits = limits
  }

  /** The lane is this router's from the place on; its first section begins there. */
  own(lane: number, from: Place): void {
    assert(!this.#lanes.has(lane), `lane ${lane} is routed twice`)
    this.#lanes.set(lane, {
      told: from,
      acked: from,
      routed: from,
      watermarks: [],
      segments: [],
      due: false,
    })
  }

  disown(lane: number): void {
    this.#lanes.delete(lane)
  }

  add(lane: number, segment: Segment, events: number): void {
    const progress = this.#lane(lane)
    assert(segment.place >= progress.routed, `segment ${segment.place} of lane ${lane} comes too late`)
    progress.segments.push(segment)
    progress.due = true
    this.#waitingEvents += events
  }

  /** The lane is routed up to here. `matters`: worth a section of its own, even without a segment. */
  routed(lane: number, upto: Place, watermarks: readonly number[], matters: boolean): void {
    const progress = this.#lane(lane)
    assert(upto >= progress.routed, `lane ${lane} went back from ${progress.routed} to ${upto}`)
    progress.routed = upto
    progress.watermarks = watermarks
    if (matters && upto > progress.told) progress.due = true
  }

  /** Enough for a message of full size. */
  get full(): boolean {
    return this.#waitingEvents >= this.#limits.eventsPerMessage
  }

  get due(): boolean {
    return this.#kept.some(({ flying }) => !flying) || [...this.#lanes.values()].some(({ due }) => due)
  }

  /** The next message to append: first what must go again, then what is new; nothing while too much is under way. */
  next(): Outbound | undefined {
    const again = this.#kept.find(({ flying }) => !flying)
    const kept = again ?? (this.#kept.length < this.#limits.messagesInFlightMax ? this.#cut() : undefined)
    if (kept !== undefined) kept.flying = true
    return kept
  }

  stored(number: number, sequence: number): void {
    const kept = this.#kept.find((each) => each.number === number)
    if (kept === undefined) return
    kept.storedAt = sequence
    this.#acknowledge()
  }

  /** Whether it was stored is not known: from it on, everything goes again. */
  unknown(number: number): void {
    for (const kept of this.#kept) {
      if (kept.number < number) continue
      kept.flying = false
      kept.storedAt = undefined
    }
  }

  /** Up to here the shard is known to have what this router told of the lane. */
  acked(lane: number): Place {
    return this.#lane(lane).acked
  }

  #acknowledge(): void {
    for (let oldest = this.#kept[0]; oldest?.storedAt !== undefined; oldest = this.#kept[0]) {
      if (oldest.storedAt <= this.#ackedSequence) {
        // It stands before its predecessor, so the shard met it as a gap.
        this.unknown(oldest.number)
        return
      }
      this.#ackedSequence = oldest.storedAt
      this.#kept.shift()
      for (const { lane, upto } of oldest.sections) this.#ackedUpto(lane, upto)
    }
  }

  #ackedUpto(lane: number, upto: Place): void {
    const progress = this.#lanes.get(lane)
    if (progress !== undefined) progress.acked = Math.max(progress.acked, upto)
  }

  #cut(): Kept | undefined {
    const sections: Section[] = []
    for (const [lane, progress] of this.#lanes) {
      if (!progress.due) continue
      const { told, routed, watermarks, segments } = progress
      sections.push({ lane, after: told, upto: routed, watermarks, segments })
      progress.told = routed
      progress.segments = []
      progress.due = false
    }
    if (sections.length === 0) return undefined
    this.#waitingEvents = 0
    const kept: Kept = { number: this.#next++, sections, flying: false, storedAt: undefined }
    this.#kept.push(kept)
    return kept
  }

  #lane(lane: number): LaneProgress {
    const progress = this.#lanes.get(lane)
    assert(progress !== undefined, `lane ${lane} is not this router's`)
    return progress
  }
}
