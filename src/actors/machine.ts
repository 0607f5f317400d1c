/**
 * Owns: a shard's steps: taking sections, then closing what their watermarks made due; and cutting frames.
 * Never: what a record or a closing does (taking.ts, passing.ts).
 *
 * A2 a step reads only its state and its input. A5 where steps end and frames are cut changes no result: a message that
 *    was left half done goes on from state alone.
 * U1 a message is done in units: each record, rejected event and fact of its segments, each section's end (its
 *    watermarks), then each thing that is due by them (an input that waited, a timer, a closing), stage by stage, in the
 *    order of (time, actor, tenant, key, window). A point counts units, so it means the same to whoever replays.
 */

import { assert } from "../base/assert.ts"
import { FRAME_CUT_BYTES, STEP_CLOSINGS_MAX } from "../base/limits.ts"
import { roughBytes } from "../base/rough-bytes.ts"
import type { Order } from "../define/order.ts"
import type { Frame, Point } from "../streams/frame.ts"
import { type Place, segmentOf, sequenceOf } from "../streams/place.ts"
import type { Group, Rejected, Section, Segment } from "../streams/section.ts"
import { type Cast, castOf } from "./cast.ts"
import { Changes } from "./changes.ts"
import { Changing } from "./changing.ts"
import { Hands } from "./hand.ts"
import { instanceName, partsOfName } from "./instance.ts"
import { Letters } from "./letters.ts"
import { Passing } from "./passing.ts"
import { Progress } from "./progress.ts"
import { Reducing } from "./reducing.ts"
import type { Deadlines, Instances } from "./residency.ts"
import { Roll } from "./roll.ts"
import type { Changed, FrameOwner, Moment, Shard, ShardCore, ShardTerms } from "./shard.ts"
import { Taking } from "./taking.ts"
import { Tally } from "./tally.ts"
import { WindowClosing } from "./window-closing.ts"

const NOWHERE: Point = { sequence: -1, step: 0 }
const FIRST: Point = { sequence: 0, step: 0 }

/** What of a message is still to be done. */
interface Message {
  readonly sequence: number
  readonly sections: readonly Section[]
  /** The section at hand. */
  section: number
  /** Its watermarks are taken: closings are at hand. */
  passed: boolean
}

/** What is due at one moment of one stage, in order. */
interface Due {
  readonly stage: number
  readonly at: number
  /** Undefined: not asked for yet. Whoever keeps deadlines may have to fetch them first. */
  names: readonly string[] | undefined
  next: number
}

export class ShardMachine implements Shard {
  readonly #terms: ShardTerms
  readonly #cast: Cast
  readonly #deadlines: Deadlines
  readonly #changes: Changes
  readonly #tally = new Tally()
  readonly #letters: Letters
  readonly #roll: Roll
  readonly #taking: Taking
  readonly #passing: Passing
  readonly #progress: Progress
  readonly #closedUpTo: number[]
  readonly #order: { -readonly [K in keyof Order]: Order[K] } = { time: 0, lane: 0, sequence: 0, segment: 0, index: 0 }
  #message: Message | undefined
  #due: Due | undefined
  #point: Point = FIRST
  #from: Point = FIRST
  /** Records, rejected and facts of the segment at hand that are done. */
  #within = 0
  /** Where in it this step began. */
  #began = 0
  #matters = false
  /** Sections that began after what was taken: whoever sent them sends again. */
  gaps = 0

  constructor(terms: ShardTerms, instances: Instances, deadlines: Deadlines, core?: ShardCore) {
    this.#terms = terms
    this.#cast = castOf(terms.routes)
    this.#deadlines = deadlines
    this.#changes = new Changes(this.#cast)
    this.#letters = new Letters(this.#changes)
    this.#roll = new Roll(instances, deadlines)
    this.#progress = new Progress(this.#cast, terms.shards)
    this.#closedUpTo = this.#cast.feeds.map(() => Number.NEGATIVE_INFINITY)
    const hands = new Hands(this.#changes, this.#tally, terms.guarded)
    const reducing = new Reducing(this.#changes, this.#tally, this.#letters, this.#roll, hands)
    this.#taking = new Taking(this.#changes, this.#tally, this.#letters, this.#roll, reducing)
    const closing = new WindowClosing(terms.shard, this.#changes, this.#tally, this.#letters, hands)
    const changing = new Changing(this.#letters, hands)
    this.#passing = new Passing(terms.shard, this.#changes, this.#roll, reducing, changing, closing)
    if (core !== undefined) this.#restore(core)
  }

  get point(): Point {
    return this.#point
  }

  get size(): number {
    return this.#changes.bytes
  }

  get matters(): boolean {
    return this.#matters || !this.#changes.empty
  }

  begin(sequence: number, sections: readonly Section[]): void {
    assert(this.#message === undefined, "a message is begun before the one before it is done")
    assert(sequence >= this.#point.sequence, `message ${sequence} comes after ${this.#point.sequence}`)
    if (sequence !== this.#point.sequence) this.#point = { sequence, step: 0 }
    const message = { sequence, sections, section: 0, passed: false }
    this.#message = message
    this.#next(message)
  }

  get due(): Moment | undefined {
    return this.#due
  }

  needs(): readonly string[] {
    const message = this.#message
    if (message === undefined) return []
    if (message.passed) {
      const due = this.#due!
      return this.#namesOf(due).slice(due.next, due.next + STEP_CLOSINGS_MAX)
    }
    const groups = this.#segment(message.sections[message.section]!)?.groups ?? []
    return [...new Set(groups.map(({ actor, tenant, key }) => instanceName(actor, tenant, key)))]
  }

  step(until: Point = NOWHERE): boolean {
    const message = this.#message
    const { sequence, step } = this.#point
    if (message === undefined || (sequence === until.sequence && step >= until.step)) return false
    const unitsMax = sequence === until.sequence ? until.step - step : Number.POSITIVE_INFINITY
    this.#began = this.#within
    const units = message.passed ? this.#closeSome(unitsMax) : this.#takeSome(message, unitsMax)
    this.#point = { sequence, step: step + units }
    this.#next(message)
    return true
  }

  cut(owner: FrameOwner): Frame | undefined {
    if (this.#from.sequence === this.#point.sequence && this.#from.step === this.#point.step) return undefined
    const { generation, shard } = this.#terms
    const head = {
      generation,
      shard,
      ...owner,
      from: this.#from,
      to: this.#point,
      taken: this.#progress.taken(),
      watermarks: [...this.#closedUpTo],
      coverage: this.#progress.coverage(),
      deadlines: this.#cast.behindMs.map((behindMs, stage) => this.#deadlineOf(stage, behindMs)),
      counts: this.#tally.counts,
    }
    this.#from = this.#point
    this.#matters = false
    return { head, ...this.#changes.take() }
  }

  forget(): void {
    this.#changes.take()
    this.#from = this.#point
    this.#matters = false
  }

  changed(): readonly Changed[] {
    return this.#roll.changed()
  }

  core(): ShardCore {
    const { letters, arrivedAt } = this.#letters.encode()
    return {
      point: this.#point,
      within: this.#within,
      letters,
      arrivedAt,
      lanes: this.#progress.encode(),
      closedUpTo: [...this.#closedUpTo],
      counts: this.#tally.encode(),
    }
  }

  #restore({ point, within, lanes, closedUpTo, counts, letters, arrivedAt }: ShardCore): void {
    assert(closedUpTo.length === this.#closedUpTo.length, "a snapshot of other stages than this generation's")
    this.#point = point
    this.#from = point
    this.#within = within
    this.#progress.restore(lanes)
    closedUpTo.forEach((each, stage) => {
      this.#closedUpTo[stage] = each
    })
    this.#tally.restore(counts)
    this.#letters.restore(letters, arrivedAt)
  }

  /** In terms of INGEST's watermark: a stage's own stays behind it by what its feeders hold back. */
  #deadlineOf(stage: number, behindMs: number): number | null {
    const next = this.#deadlines.next(stage)
    return Number.isFinite(next) ? next + behindMs : null
  }

  /** The first that is not taken. */
  #segment({ lane, segments }: Section): Segment | undefined {
    const taken = this.#progress.takenOf(lane)
    return segments.find(({ place }) => place >= taken)
  }

  /** Units of one segment, or the end of the section. */
  #takeSome(message: Message, unitsMax: number): number {
    const section = message.sections[message.section]!
    const segment = this.#segment(section)
    if (segment === undefined) {
      if (this.#progress.take(section)) this.#matters = true
      message.passed = true
      return 1
    }
    const before = this.#within
    this.#letters.arrived(segment.arrivedAt)
    const whole = this.#takeSegment(section.lane, segment, before + unitsMax)
    const units = this.#within - before
    if (whole) {
      this.#progress.took(section.lane, segment.place)
      this.#within = 0
      this.#matters = true
    }
    return units
  }

  /** From unit `#within` on, until a frame is full or `stop`; whether the segment is done. */
  #takeSegment(lane: number, segment: Segment, stop: number): boolean {
    const { place, groups, rejected, facts } = segment
    this.#order.lane = lane
    this.#order.sequence = sequenceOf(place)
    this.#order.segment = segmentOf(place)
    let before = 0
    for (const group of groups) {
      const behind = before + group.records.length
      if (this.#within < behind) {
        this.#takeGroup(group, this.#within - before, segment, stop)
        if (this.#within < behind) return false
      }
      before = behind
    }
    for (let i = this.#within - before; i < rejected.length; i++) {
      if (this.#full(stop)) return false
      this.#reject(lane, place, rejected[i]!)
    }
    before += rejected.length
    for (let i = this.#within - before; i < facts.length; i++) {
      if (this.#full(stop)) return false
      const fact = facts[i]!
      this.#changes.fact({ ...fact, lane, place, arrivedAt: segment.arrivedAt }, roughBytes(fact.data))
      this.#within++
    }
    return true
  }

  #takeGroup({ actor, tenant, key, stamp, records }: Group, from: number, segment: Segment, stop: number): void {
    const part = this.#cast.parts[actor]!
    const instance = this.#roll.take(part, tenant, key)
    const closedUpTo = this.#closedUpTo[part.stage]!
    for (let i = from; i < records.length; i++) {
      if (this.#full(stop)) break
      const record = records[i]!
      this.#order.time = record.time
      this.#order.index = record.index
      // When an emit was made is no part of the log: its time stands for it.
      const origin = stamp === null ? segment : { stamp, arrivedAt: record.time }
      this.#taking.record(part, instance, record, origin, this.#order, closedUpTo)
      this.#within++
    }
    if (part.fleeting) this.#passing.done(part, instance)
  }

  #reject(lane: number, place: Place, rejected: Rejected): void {
    if (rejected.actor === null) this.#tally.rejected++
    else this.#tally.dead++
    this.#letters.rejected(lane, place, rejected)
    this.#within++
  }

  /** One unit is done in any case, or a step would do nothing. */
  #full(stop: number): boolean {
    return this.#within >= stop || (this.#changes.bytes >= FRAME_CUT_BYTES && this.#within > this.#began)
  }

  /** Of what is due at one moment; how many units it was. */
  #closeSome(unitsMax: number): number {
    const due = this.#due!
    const names = this.#namesOf(due)
    let units = 0
    for (let looked = 0; looked < STEP_CLOSINGS_MAX && due.next < names.length; looked++) {
      const { actor, tenant, key } = partsOfName(names[due.next]!)
      const part = this.#cast.parts[actor]!
      const instance = this.#roll.find(part, tenant, key)
      // Others are filed elsewhere by now.
      if (instance !== undefined && instance.filedAt === due.at) {
        this.#roll.touch(instance)
        while (units < unitsMax && (units === 0 || this.#changes.bytes < FRAME_CUT_BYTES)) {
          if (!this.#passing.one(part, instance, due.at)) {
            // What it was filed under has come: whatever it has to do next is filed anew, however late that is.
            instance.filedAt = Number.POSITIVE_INFINITY
            this.#passing.done(part, instance)
            break
          }
          units++
        }
        if (instance.filedAt === due.at) return units
      }
      due.next++
    }
    return units
  }

  /** On to where the next unit is, over sections that hold nothing new. */
  #next(message: Message): void {
    for (;;) {
      if (message.passed) {
        if (this.#findDue()) return
        message.passed = false
        message.section++
      }
      const section = message.sections[message.section]
      if (section === undefined) {
        this.#message = undefined
        this.#point = { sequence: message.sequence + 1, step: 0 }
        return
      }
      if (section.after > this.#progress.takenOf(section.lane)) {
        this.gaps++
        message.section++
      } else if (this.#progress.hasNew(section)) return
      else message.passed = true
    }
  }

  /** Whether something is due; if not, the watermarks are where everything is closed up to. */
  #findDue(): boolean {
    if (this.#due !== undefined) {
      const { stage, at, names, next } = this.#due
      if (names === undefined || next < names.length) return true
      this.#deadlines.drop(stage, at)
      this.#due = undefined
    }
    for (const [stage, watermark] of this.#progress.watermarks.entries()) {
      const at = this.#deadlines.next(stage)
      if (at <= watermark) {
        this.#due = { stage, at, names: undefined, next: 0 }
        return true
      }
      if (watermark <= this.#closedUpTo[stage]!) continue
      this.#closedUpTo[stage] = watermark
      this.#matters = true
    }
    return false
  }

  #namesOf(due: Due): readonly string[] {
    due.names ??= [...this.#deadlines.at(due.stage, due.at)].sort()
    return due.names
  }
}
