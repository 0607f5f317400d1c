import fc from "fast-check"
import { expect, test } from "vitest"
import { FrameReader } from "./frame.read.ts"
import { encodeFrame } from "./frame.ts"

const text = fc.string({ maxLength: 12 })
const natural = fc.nat()
const time = fc.integer({ min: -(10 ** 14), max: 10 ** 14 })
const pair = fc.tuple(natural, natural)
const value = fc.oneof(text, natural, fc.boolean(), fc.constant(null), fc.array(natural, { maxLength: 3 }))
const point = fc.record({ sequence: natural, step: natural })
const head = fc.record({
  generation: natural,
  shard: natural,
  epoch: natural,
  n: natural,
  writer: text,
  from: point,
  to: point,
  taken: fc.array(pair, { maxLength: 20 }),
  watermarks: fc.array(fc.oneof(time, fc.constant(Number.NEGATIVE_INFINITY)), { maxLength: 3 }),
  coverage: fc.array(fc.array(pair, { maxLength: 4 }), { maxLength: 3 }),
  deadlines: fc.array(fc.option(time), { maxLength: 3 }),
  counts: fc.record({
    delivered: natural,
    applied: natural,
    late: natural,
    dead: natural,
    rejected: natural,
    emitted: natural,
    closed: natural,
  }),
})
const row = fc.record({
  tenant: text,
  key: text,
  window: fc.option(fc.tuple(time, time)),
  closed: fc.boolean(),
  values: fc.option(fc.array(value, { maxLength: 5 })),
  updatedAt: time,
})
const at = { lane: natural, place: natural, index: natural }
const frame = fc.record({
  head,
  views: fc.array(fc.record({ view: natural, rows: fc.array(row, { maxLength: 4 }) }), { maxLength: 3 }),
  emits: fc.array(
    fc.record({ tenant: text, type: text, version: natural, id: text, time, stamp: time, stage: natural, data: value }),
    { maxLength: 3 },
  ),
  facts: fc.array(
    fc.record({ ...at, arrivedAt: time, id: text, tenant: text, type: text, key: text, time, data: value }),
    { maxLength: 2 },
  ),
  late: fc.array(
    fc.record({
      ...at,
      tenant: text,
      actor: natural,
      key: text,
      type: natural,
      time,
      stamp: time,
      missed: fc.array(fc.tuple(text, time), { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
  dead: fc.array(
    fc.record({
      ...at,
      tenant: fc.option(text),
      type: fc.option(text),
      actor: fc.option(natural),
      key: fc.option(text),
      id: fc.option(text),
      time: fc.option(time),
      reason: text,
      detail: text,
      stack: fc.option(text),
      encoding: text,
      bytes: fc.uint8Array({ maxLength: 10 }),
    }),
    { maxLength: 2 },
  ),
})

test("a frame comes back as it went, whole and in parts", () => {
  fc.assert(
    fc.property(frame, (sent) => {
      const reader = new FrameReader(encodeFrame(sent))
      expect(reader.whole()).toEqual(sent)
      expect(reader.emits()).toEqual(sent.emits)
      expect(reader.head()).toEqual(sent.head)
    }),
  )
})

test("bytes of another wire version are refused in words", () => {
  expect(() => new FrameReader(Buffer.from([0x96, 7, 0, 0, 0, 0, 0]))).toThrow("a frame of wire version 7")
})
