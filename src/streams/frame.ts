/**
 * Owns: what a shard commits: the frame, in messages of `outbox.<g>.<shard>`, and its codec.
 * Never: how it is come by (src/actors/) or what a sink makes of it.
 *
 * Projectors, loop routers and gateways each need a part only, so the parts are byte strings of their own, decoded by
 * whoever needs them. Wire version 1: MessagePack [1, head, rows, emits, facts, letters].
 */

import { Packer } from "../wire/pack.ts"
import type { Place } from "./place.ts"
import { type Fact, type Rejected, rejectedFields } from "./section.ts"

export const FRAME_WIRE = 1

/** A point of the shard's stream: everything before that step of that message is done. */
export interface Point {
  readonly sequence: number
  readonly step: number
}

/** Of this shard in its generation so far; a delivery is one record of one actor, a dead one counts as delivered too. */
export interface Counts {
  readonly delivered: number
  readonly applied: number
  readonly late: number
  readonly dead: number
  /** Events no actor saw: rejected at the door, out through this shard. */
  readonly rejected: number
  readonly emitted: number
  readonly closed: number
}

export interface FrameHead {
  readonly generation: number
  readonly shard: number
  /** Rises with each takeover. */
  readonly epoch: number
  /** The frame's number in its shard's chain; the first is 1. */
  readonly n: number
  /** The run of a runner that cut it: with n, the identity that an unknown outcome is settled by. */
  readonly writer: string
  readonly from: Point
  readonly to: Point
  /** [lane, upto] of every lane that was heard of. */
  readonly taken: readonly (readonly [number, Place])[]
  /**
   * By stage: everything that was due by this event time has been closed, fired and taken, and is in this frame or one
   * before it. What actors of the stage emit later has a stamp of at least this less what the actor holds back; both
   * sides know that from the definitions (H1 in actors/cast.ts). So a loop router announces these as they are.
   */
  readonly watermarks: readonly number[]
  /** By stage: [lane, upto] of INGEST lanes that views of that stage contain. A loop router passes it on. */
  readonly coverage: readonly (readonly (readonly [number, Place])[])[]
  /**
   * By stage: the watermark that INGEST's lanes have to reach for something of it to close or fire (a stage's own stays
   * behind that by what its feeders hold back); null: nothing waits.
   */
  readonly deadlines: readonly (number | null)[]
  readonly counts: Counts
}

/** One row of one view, or its deletion. Views are numbered as in the generation's definitions. */
export interface ViewRow {
  readonly tenant: string
  readonly key: string
  /** [start, end) of its window; null for totals. */
  readonly window: readonly [number, number] | null
  readonly closed: boolean
  /** In the order of the view's columns; null: the row is gone. */
  readonly values: readonly unknown[] | null
  /** From the log, never from a clock. */
  readonly updatedAt: number
}

export interface ViewRows {
  readonly view: number
  readonly rows: readonly ViewRow[]
}

/** An event on its way through the loop. */
export interface Emitted {
  readonly tenant: string
  readonly type: string
  readonly version: number
  readonly id: string
  readonly time: number
  /** Its own lateness is judged by this, not by the watermark of whoever reads it. */
  readonly stamp: number
  readonly stage: number
  readonly data: unknown
}

export interface LateLetter {
  readonly tenant: string
  readonly actor: number
  readonly key: string
  readonly type: number
  readonly lane: number
  readonly place: Place
  readonly index: number
  readonly time: number
  readonly stamp: number
  /** Window names, each with the start of the pane it missed. */
  readonly missed: readonly (readonly [string, number])[]
}

/** A rejected event, or an input that a step failed on: then with actor and key. */
export interface DeadLetter extends Rejected {
  readonly lane: number
  readonly place: Place
  readonly key: string | null
}

/** A fact with its position, for `millrace.events`. */
export interface FrameFact extends Fact {
  readonly lane: number
  readonly place: Place
  readonly arrivedAt: number
}

export interface Letters {
  readonly late: readonly LateLetter[]
  readonly dead: readonly DeadLetter[]
}

export interface Frame extends Letters {
  readonly head: FrameHead
  readonly views: readonly ViewRows[]
  readonly emits: readonly Emitted[]
  readonly facts: readonly FrameFact[]
}

/** The bytes are the frame's own. */
export function encodeFrame(frame: Frame): Uint8Array {
  const packer = new Packer(Buffer.allocUnsafe(4_096))
  packer.arrayHeader(6)
  packer.number(FRAME_WIRE)
  for (const part of [packHead, packViews, packEmits, packFacts, packLetters]) packer.value(packed(frame, part))
  return packer.written
}

function packed(frame: Frame, part: (packer: Packer, frame: Frame) => void): Uint8Array {
  const packer = new Packer(Buffer.allocUnsafe(1_024))
  part(packer, frame)
  return packer.written
}

function packHead(packer: Packer, { head }: Frame): void {
  const { from, to, counts } = head
  packer.value([
    head.generation,
    head.shard,
    head.epoch,
    head.n,
    head.writer,
    from.sequence,
    from.step,
    to.sequence,
    to.step,
    head.taken,
    [head.watermarks, head.coverage],
    head.deadlines,
    [counts.delivered, counts.applied, counts.late, counts.dead, counts.rejected, counts.emitted, counts.closed],
  ])
}

function packViews(packer: Packer, { views }: Frame): void {
  packer.arrayHeader(views.length)
  for (const { view, rows } of views) {
    packer.arrayHeader(2)
    packer.number(view)
    packer.arrayHeader(rows.length)
    for (const row of rows) packRow(packer, row)
  }
}

function packRow(packer: Packer, row: ViewRow): void {
  packer.arrayHeader(7)
  packer.string(row.tenant)
  packer.string(row.key)
  packer.value(row.window === null ? null : row.window[0])
  packer.value(row.window === null ? null : row.window[1])
  packer.value(row.closed)
  packer.number(row.updatedAt)
  packer.value(row.values)
}

function packEmits(packer: Packer, { emits }: Frame): void {
  packer.value(emits.map((e) => [e.tenant, e.type, e.version, e.id, e.time, e.stamp, e.stage, e.data]))
}

function packFacts(packer: Packer, { facts }: Frame): void {
  packer.value(facts.map((f) => [f.lane, f.place, f.arrivedAt, f.index, f.id, f.tenant, f.type, f.key, f.time, f.data]))
}

export function packLetters(packer: Packer, { late, dead }: Letters): void {
  packer.value([
    late.map((l) => [l.tenant, l.actor, l.key, l.type, l.lane, l.place, l.index, l.time, l.stamp, l.missed]),
    dead.map((letter) => [letter.lane, letter.place, letter.key, rejectedFields(letter)]),
  ])
}
