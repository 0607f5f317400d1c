/**
 * Owns: what one shard is told, and that it is told again until it holds together: segments in, messages out.
 * Never: appending, waiting, or what a segment holds.
 *
 * R1 a lane's sections follow each other: each begins `after` where the one cut before it ended.
 * R2 a message counts as acknowledged only in order, each stored behind the one before it. The shard skips what comes
 *    after a gap, so an outcome that is not known sends everything from there again (go-back-N).
 * R3 no more than `messagesInFlightMax` messages are under way, and no more than that many kept for sending again.
 */

import { assert } from "../../base/assert.ts"
import type { Place } from "../place.ts"
import type { Coverage } from "../section.ts"

export interface SenderLimits {
  readonly messagesInFlightMax: number
  /** A message is cut no larger than this; a single segment may exceed it. */
  readonly bytesPerMessage: number
}

/** What a lane's section says beside its segments. */
export interface Progress {
  readonly watermarks: readonly number[]
  readonly coverage?: readonly Coverage[]
}

/** A segment, encoded. */
export interface Parcel {
  readonly place: Place
  /** The lane's watermarks before it: what a section that ends here says. */
  readonly before: readonly number[]
  readonly bytes: Uint8Array
}

export interface Told extends Progress {
  readonly lane: number
  readonly after: Place
  readonly upto: Place
  readonly segments: readonly Parcel[]
}

/** A message to append; `number` names it when its outcome is told. */
export interface Outbound {
  readonly number: number
  readonly sections: readonly Told[]
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
  /** At `routed`. */
  says: Progress
  segments: Parcel[]
  /** Something to tell: segments, or progress that matters. */
  due: boolean
}

export class Sender {
  readonly #limits: SenderLimits
  /** In the order of serving: whoever was served stands last. */
  readonly #lanes = new Map<number, LaneProgress>()
  /** In the order of cutting; the first is the oldest that is not acknowledged. */
  readonly #kept: Kept[] = []
  #next = 0
  #ackedSequence = 0
  #waitingBytes = 0

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
      says: { watermarks: [] },
      segments: [],
      due: false,
    })
  }

  /** What it still had to tell is another router's to tell. */
  disown(lane: number): void {
    for (const { bytes } of this.#lane(lane).segments) this.#waitingBytes -= bytes.length
    this.#lanes.delete(lane)
  }

  add(lane: number, segment: Parcel): void {
    const progress = this.#lane(lane)
    assert(segment.place >= progress.routed, `segment ${segment.place} of lane ${lane} comes too late`)
    progress.segments.push(segment)
    progress.due = true
    this.#waitingBytes += segment.bytes.length
  }

  /** The lane is routed up to here. `matters`: worth a section of its own, even without a segment. */
  routed(lane: number, upto: Place, says: Progress, matters: boolean): void {
    const progress = this.#lane(lane)
    assert(upto >= progress.routed, `lane ${lane} went back from ${progress.routed} to ${upto}`)
    progress.routed = upto
    progress.says = says
    if (matters && upto > progress.told) progress.due = true
  }

  /** Enough for a message of full size. */
  get full(): boolean {
    return this.#waitingBytes >= this.#limits.bytesPerMessage
  }

  /** Records wait, or a message has to go again: not mere progress. */
  get urgent(): boolean {
    return this.#waitingBytes > 0 || this.#kept.some(({ flying }) => !flying)
  }

  get due(): boolean {
    return this.urgent || this.#lanes.values().some(({ due }) => due)
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

  /** Up to here the shard has been told, whatever came of it. */
  told(lane: number): Place {
    return this.#lane(lane).told
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
    const sections: Told[] = []
    let room = this.#limits.bytesPerMessage
    for (const [lane, progress] of [...this.#lanes]) {
      if (!progress.due) continue
      const section = cutSection(lane, progress, room, sections.length === 0)
      if (section === undefined) break
      sections.push(section)
      for (const { bytes } of section.segments) room -= bytes.length
      this.#lanes.delete(lane)
      this.#lanes.set(lane, progress)
    }
    if (sections.length === 0) return undefined
    for (const { segments } of sections) for (const { bytes } of segments) this.#waitingBytes -= bytes.length
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

/** As much of the lane as fits; `first`: one segment goes in any case. Nothing if nothing fits. */
function cutSection(lane: number, progress: LaneProgress, room: number, first: boolean): Told | undefined {
  const { told, routed, segments } = progress
  let count = 0
  for (let left = room; count < segments.length; count++) {
    left -= segments[count]!.bytes.length
    if (left < 0 && !(first && count === 0)) break
  }
  if (count === 0 && segments.length > 0) return undefined
  const next = segments[count]
  progress.told = next === undefined ? routed : next.place
  progress.segments = next === undefined ? [] : segments.slice(count)
  progress.due = next !== undefined
  return {
    lane,
    after: told,
    upto: progress.told,
    ...(next === undefined ? progress.says : { watermarks: next.before }),
    segments: next === undefined ? segments : segments.slice(0, count),
  }
}
