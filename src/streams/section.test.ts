import fc from "fast-check"
import { expect, test } from "vitest"
import { Packer } from "../wire/pack.ts"
import { Unpacker } from "../wire/unpack.ts"
import { afterMessage, placeOf, segmentOf, sequenceOf } from "./place.ts"
import { decodeSections, encodeSections } from "./section.ts"

const text = fc.string({ maxLength: 12 })
const natural = fc.nat()
const time = fc.integer({ min: -(10 ** 14), max: 10 ** 14 })
const input = fc.oneof(
  text,
  fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
  fc.constant(null),
  fc.array(natural, { maxLength: 3 }),
)
const record = fc.record({ type: natural, index: natural, time, inputs: fc.array(input, { maxLength: 4 }) })
const group = fc.record({
  actor: natural,
  tenant: text,
  key: text,
  stamp: fc.option(time),
  records: fc.array(record, { maxLength: 4 }),
})
const rejected = fc.record({
  index: natural,
  tenant: fc.option(text),
  type: fc.option(text),
  id: fc.option(text),
  time: fc.option(time),
  reason: text,
  detail: text,
  stack: fc.option(text),
  encoding: text,
  actor: fc.option(natural),
  bytes: fc.uint8Array({ maxLength: 20 }),
})
const fact = fc.record({ index: natural, id: text, tenant: text, type: text, key: text, time, data: input })
const segment = fc.record({
  place: natural,
  stamp: fc.oneof(time, fc.constant(Number.NEGATIVE_INFINITY)),
  arrivedAt: time,
  groups: fc.array(group, { maxLength: 3 }),
  rejected: fc.array(rejected, { maxLength: 2 }),
  facts: fc.array(fact, { maxLength: 2 }),
})
const section = fc.record({
  lane: natural,
  after: natural,
  upto: natural,
  watermarks: fc.array(time, { maxLength: 3 }),
  segments: fc.array(segment, { maxLength: 3 }),
})

test("sections come back as they went", () => {
  const packer = new Packer(Buffer.alloc(16))
  const unpacker = new Unpacker()
  fc.assert(
    fc.property(fc.array(section, { maxLength: 3 }), (sections) => {
      expect(decodeSections(encodeSections(sections, packer), unpacker)).toEqual(sections)
    }),
  )
})

test("bytes of another wire version are refused in words", () => {
  expect(() => decodeSections(Buffer.from([0x92, 9, 0x90]), new Unpacker())).toThrow("sections of wire version 9")
})

test("a place rises from segment to segment and from message to message, and tells both", () => {
  expect(placeOf(7, 255) + 1).toBe(placeOf(8, 0))
  expect(afterMessage(7)).toBe(placeOf(8, 0))
  expect([sequenceOf(placeOf(2 ** 44, 3)), segmentOf(placeOf(2 ** 44, 3))]).toEqual([2 ** 44, 3])
})
