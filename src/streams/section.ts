/**
 * Owns: what a router tells a shard: sections of lanes, in messages of `shard.<g>.<shard>`.
 * Never: what measures make of inputs, or whether a section is taken (src/actors/).
 *
 * A section covers its lane's places [after, upto). A segment without anything for this shard is not in it; the section
 * says all the same that it was covered, and up to which watermark.
 *
 * Wire version 1: MessagePack [1, [section…]], every part an array in the order of its fields below.
 */

import { type Packer, pack } from "../wire/pack.ts"
import { Malformed, Unpacker } from "../wire/unpack.ts"
import type { Place } from "./place.ts"

export const SECTIONS_WIRE = 1

/** One event for one instance, as the measures' inputs; free-form actors get the data itself. */
export interface RoutedRecord {
  /** Which of the actor's event types, in the order of its definition. */
  readonly type: number
  /** The event's index in its message: with the place, its position and its tie-breaker. */
  readonly index: number
  readonly time: number
  readonly inputs: readonly unknown[]
}

/** All records of one instance in one segment (of one stamp, for emits): its key travels once. */
export interface Group {
  /** The actor's number in its generation's routes. */
  readonly actor: number
  readonly tenant: string
  /** Key parts as in `entityId`. */
  readonly key: string
  /** An emit brings its own; null: the segment's. */
  readonly stamp: number | null
  readonly records: readonly RoutedRecord[]
}

/** An event that reached no instance, or not all that it should; it leaves through its home shard's frame. */
export interface Rejected {
  readonly index: number
  readonly tenant: string | null
  readonly type: string | null
  readonly id: string | null
  readonly time: number | null
  /** A tag of decode.reasons.ts, or `step-failed` where an actor's own function failed on it. */
  readonly reason: string
  readonly detail: string
  readonly stack: string | null
  /** The actor whose function failed, or null for an event nobody could read. */
  readonly actor: number | null
  readonly encoding: string
  readonly bytes: Uint8Array
}

/** A fact for `millrace.events`, on its way through its home shard. */
export interface Fact {
  readonly index: number
  readonly id: string
  readonly tenant: string
  readonly type: string
  readonly key: string
  readonly time: number
  readonly data: unknown
}

export interface Segment {
  readonly place: Place
  /** The lane's watermark before this segment: what lateness is judged by. */
  readonly stamp: number
  readonly arrivedAt: number
  readonly groups: readonly Group[]
  readonly rejected: readonly Rejected[]
  readonly facts: readonly Fact[]
}

export interface Section {
  readonly lane: number
  readonly after: Place
  readonly upto: Place
  /** The lane's watermark at `upto`: one for all stages from INGEST, one a stage from a loop lane. */
  readonly watermarks: readonly number[]
  /** Of a loop lane: the coverage its newest frame's head says, by stage. */
  readonly coverage?: readonly Coverage[]
  readonly segments: readonly Segment[]
}

/** [lane, upto] of INGEST lanes. */
export type Coverage = readonly (readonly [number, Place])[]

/** A segment as it stands in a section, encoded while its records are at hand; the bytes are its own. */
export function encodeSegment(segment: Segment, packer: Packer): Uint8Array {
  packer.backTo(0)
  packSegment(packer, segment)
  return Uint8Array.prototype.slice.call(packer.written)
}

/** A section of segments that were encoded before. */
export interface PackedSection extends Omit<Section, "segments"> {
  readonly segments: readonly { readonly bytes: Uint8Array }[]
}

/** The bytes are ours until the next call with the same packer. */
export function encodePackedSections(sections: readonly PackedSection[], packer: Packer): Uint8Array {
  packHeader(packer, sections.length)
  for (const section of sections) {
    packSectionHead(packer, section)
    for (const { bytes } of section.segments) packer.raw(bytes)
  }
  return packer.written
}

/** The bytes are ours until the next call with the same packer. */
export function encodeSections(sections: readonly Section[], packer: Packer): Uint8Array {
  packHeader(packer, sections.length)
  for (const section of sections) {
    packSectionHead(packer, section)
    for (const segment of section.segments) packSegment(packer, segment)
  }
  return packer.written
}

function packHeader(packer: Packer, sections: number): void {
  packer.backTo(0)
  packer.arrayHeader(2)
  packer.number(SECTIONS_WIRE)
  packer.arrayHeader(sections)
}

function packSectionHead(packer: Packer, section: Section | PackedSection): void {
  packer.arrayHeader(6)
  packer.number(section.lane)
  packer.number(section.after)
  packer.number(section.upto)
  packer.value(section.watermarks)
  packer.value(section.coverage ?? [])
  packer.arrayHeader(section.segments.length)
}

function packSegment(packer: Packer, segment: Segment): void {
  packer.arrayHeader(6)
  packer.number(segment.place)
  packer.number(segment.stamp)
  packer.number(segment.arrivedAt)
  packer.arrayHeader(segment.groups.length)
  for (const group of segment.groups) packGroup(packer, group)
  packer.value(segment.rejected.map(rejectedFields))
  packer.value(segment.facts.map((f) => [f.index, f.id, f.tenant, f.type, f.key, f.time, f.data]))
}

export function rejectedFields(rejected: Rejected): readonly unknown[] {
  const { index, tenant, type, id, time, reason, detail, stack, actor, encoding, bytes } = rejected
  return [index, tenant, type, id, time, reason, detail, stack, actor, encoding, bytes]
}

function packGroup(packer: Packer, group: Group): void {
  packer.arrayHeader(5)
  packer.number(group.actor)
  packer.string(group.tenant)
  packer.string(group.key)
  packer.value(group.stamp)
  packer.arrayHeader(group.records.length)
  for (const record of group.records) {
    const inputs = record.inputs
    packer.arrayHeader(3 + inputs.length)
    packer.number(record.type)
    packer.number(record.index)
    packer.number(record.time)
    for (let i = 0; i < inputs.length; i++) packer.value(inputs[i])
  }
}

/** Throws Malformed on bytes that no router of this wire version wrote. */
export function decodeSections(bytes: Uint8Array, unpacker = new Unpacker()): readonly Section[] {
  unpacker.start(bytes)
  unpacker.expectArray(2)
  const wire = unpacker.number()
  if (wire !== SECTIONS_WIRE) throw new Malformed(`sections of wire version ${wire}; this build reads ${SECTIONS_WIRE}`)
  const sections = listOf(unpacker, unpackSection)
  unpacker.finish()
  return sections
}

function unpackSection(unpacker: Unpacker): Section {
  unpacker.expectArray(6)
  const lane = unpacker.number()
  const after = unpacker.number()
  const upto = unpacker.number()
  const watermarks = listOf(unpacker, () => unpacker.number())
  const coverage = listOf(unpacker, unpackCoverage)
  const segments = listOf(unpacker, unpackSegment)
  return { lane, after, upto, watermarks, ...(coverage.length > 0 ? { coverage } : {}), segments }
}

function unpackCoverage(unpacker: Unpacker): Coverage {
  return listOf(unpacker, () => {
    unpacker.expectArray(2)
    return [unpacker.number(), unpacker.number()] as const
  })
}

function unpackSegment(unpacker: Unpacker): Segment {
  unpacker.expectArray(6)
  return {
    place: unpacker.number(),
    stamp: unpacker.number(),
    arrivedAt: unpacker.number(),
    groups: listOf(unpacker, unpackGroup),
    rejected: listOf(unpacker, unpackRejected),
    facts: listOf(unpacker, unpackFact),
  }
}

function unpackGroup(unpacker: Unpacker): Group {
  unpacker.expectArray(5)
  return {
    actor: unpacker.number(),
    tenant: unpacker.string(),
    key: unpacker.string(),
    stamp: unpacker.nullOr(() => unpacker.number()),
    records: listOf(unpacker, unpackRecord),
  }
}

function unpackRecord(unpacker: Unpacker): RoutedRecord {
  const length = unpacker.arrayLength()
  const type = unpacker.number()
  const index = unpacker.number()
  const time = unpacker.number()
  const inputs: unknown[] = []
  for (let i = 3; i < length; i++) inputs.push(unpacker.value())
  return { type, index, time, inputs }
}

export function unpackRejected(unpacker: Unpacker): Rejected {
  unpacker.expectArray(11)
  const text = () => unpacker.string()
  const number = () => unpacker.number()
  return {
    index: unpacker.number(),
    tenant: unpacker.nullOr(text),
    type: unpacker.nullOr(text),
    id: unpacker.nullOr(text),
    time: unpacker.nullOr(number),
    reason: unpacker.string(),
    detail: unpacker.string(),
    stack: unpacker.nullOr(text),
    actor: unpacker.nullOr(number),
    encoding: unpacker.string(),
    bytes: unpacker.bytes(),
  }
}

function unpackFact(unpacker: Unpacker): Fact {
  unpacker.expectArray(7)
  return {
    index: unpacker.number(),
    id: unpacker.string(),
    tenant: unpacker.string(),
    type: unpacker.string(),
    key: unpacker.string(),
    time: unpacker.number(),
    data: unpacker.value(),
  }
}

/** The bytes of one value, as letters carry what failed. */
export function packed(value: unknown): Uint8Array {
  return pack(value)
}

export function listOf<T>(unpacker: Unpacker, read: (unpacker: Unpacker) => T): T[] {
  const length = unpacker.arrayLength()
  const made: T[] = []
  for (let i = 0; i < length; i++) made.push(read(unpacker))
  return made
}
