import * as Schema from "effect/Schema"
import fc from "fast-check"
import { expect, test } from "vitest"
import { event } from "../define/event.ts"
import { registryOf } from "../define/registry.ts"
import { type EventToPack, encodeBatch } from "../wire/batchbuilder.ts"
import { pack } from "../wire/pack.ts"
import { DECODE_LIMITS, type Decoded } from "./decode.outcome.ts"
import { REASONS, reasonText } from "./decode.reasons.ts"
import { decodeMessage } from "./decode.ts"

const S = Schema.String
const Liked = event("liked", { version: 1, key: "postId", data: Schema.Struct({ postId: S, userId: S }) })
const Free = event("free", {
  version: 2,
  key: "id",
  data: Schema.Struct({ id: S, any: Schema.optionalKey(Schema.Unknown), when: Schema.optionalKey(Schema.Date) }),
  from: { 1: { data: Schema.Struct({ id: S, n: Schema.Finite }), up: (old) => ({ id: old.id, any: 1 / old.n }) } },
})
const registry = registryOf([Liked, Free])

const token = fc.oneof(
  fc.constantFrom("ingest", "log", "0", "15", "16", "acme", "liked", "free", "_batch", "_tick", "*", ">", ""),
  fc.string({ maxLength: 70, unit: "binary" }),
)
const subject = fc.oneof(
  fc.array(token, { maxLength: 6 }).map((tokens) => tokens.join(".")),
  fc.constantFrom("log.0.acme.liked", "log.15.acme.free", "log.3.acme._batch"),
)
const headerName = fc.constantFrom("Millrace-Id", "millrace-time", "Millrace-Schema", "content-type", "x")
const headerValue = fc.oneof(fc.constantFrom("1", "2", "application/msgpack", "2026-01-01T00:00:00Z"), fc.string())
const headers = fc.dictionary(headerName, headerValue, { maxKeys: 4 })
const data = fc.oneof(
  fc.record({ postId: fc.oneof(S_(), fc.integer()), userId: S_() }, { requiredKeys: [] }),
  fc.record({ id: S_(), n: fc.double(), any: fc.jsonValue(), when: fc.string() }, { requiredKeys: ["id"] }),
  fc.jsonValue(),
)
function S_() {
  return fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.constantFrom("", "a\0", "k".repeat(600)))
}
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  data.map((value) => Buffer.from(JSON.stringify(value))),
  data.map((value) => pack(value)),
  fc.string().map((text) => Buffer.from(text)),
)

/** Bounded, in words, and one index once. */
function sound({ events, rejected }: Decoded): void {
  const indexes = [...events.map(({ index }) => index), ...rejected.map(({ index }) => index)]
  expect(new Set(indexes).size).toBe(indexes.length)
  for (const { reason } of rejected) {
    expect(REASONS[reason.tag].hint).not.toBe("")
    expect(reasonText(reason).length).toBeLessThan(4_000)
  }
  for (const { id, key, time } of events) {
    expect([id, key].every((text) => text !== "" && !text.includes("\0") && text.isWellFormed())).toBe(true)
    expect(Number.isSafeInteger(time)).toBe(true)
  }
}

test("any message has an outcome, the same each time, and nothing throws", () => {
  const message = fc.record({
    sequence: fc.nat(),
    subject,
    arrivedAt: fc.nat({ max: 4e12 }),
    headers,
    body,
  })
  fc.assert(
    fc.property(message, (stored) => {
      const decoded = decodeMessage(registry, DECODE_LIMITS, stored)
      sound(decoded)
      const outcomes = decoded.events.length + decoded.rejected.length
      if (/^log\.\d+\._tick$/.test(stored.subject)) expect(outcomes).toBe(0)
      else if (!stored.subject.endsWith("._batch")) expect(outcomes).toBe(1)
      expect(decodeMessage(registry, DECODE_LIMITS, stored)).toEqual(decoded)
    }),
    { numRuns: 1_000 },
  )
})

const packable: fc.Arbitrary<EventToPack> = fc.record({
  type: fc.constantFrom("liked", "free", "other"),
  schemaVersion: fc.constantFrom(undefined, 1, 2, 3),
  id: fc.option(fc.string({ minLength: 1, maxLength: 300 }), { nil: undefined }),
  timeMs: fc.option(fc.integer({ min: -10, max: 4e12 }), { nil: undefined }),
  data: data.map((value) => (typeof value === "object" && value !== null ? { ...value } : { value })),
})

test("in a batch every event has exactly one outcome, the one it has alone", () => {
  fc.assert(
    fc.property(fc.array(packable, { maxLength: 20 }), fc.nat({ max: 4e12 }), (events, arrivedAt) => {
      const decode = (some: readonly EventToPack[]) => {
        const built = encodeBatch("b", some)
        if (built.tag === "bad") throw new Error(built.reason)
        const stored = { sequence: 1, subject: "log.3.acme._batch", arrivedAt, headers: {}, body: built.bytes }
        return decodeMessage(registry, DECODE_LIMITS, stored)
      }
      const whole = decode(events)
      sound(whole)
      expect(whole.events.length + whole.rejected.length).toBe(events.length)
      const alone = events.map((each) => decode([each]).rejected[0]?.reason)
      const together = events.map((_, index) => whole.rejected.find((each) => each.index === index)?.reason)
      expect(together).toEqual(alone)
    }),
    { numRuns: 300 },
  )
})

test("a batch with any byte changed, or cut anywhere, still has an outcome", () => {
  const built = encodeBatch("b", [
    { type: "liked", schemaVersion: 1, id: "i", timeMs: 5, data: { postId: "p", userId: "u" } },
    { type: "free", schemaVersion: 2, id: undefined, timeMs: undefined, data: { id: "x", any: [1, { a: null }] } },
  ])
  if (built.tag === "bad") throw new Error(built.reason)
  const { bytes } = built
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), (at, byte, cut) => {
      const changed = cut ? bytes.slice(0, at) : Uint8Array.from(bytes)
      if (!cut) changed[at] = byte
      const stored = { sequence: 1, subject: "log.3.acme._batch", arrivedAt: 4e12, headers: {}, body: changed }
      const decoded = decodeMessage(registry, DECODE_LIMITS, stored)
      sound(decoded)
      if (cut) expect(decoded.rejected[0]?.reason.tag).toBe("bad-batch")
    }),
    { numRuns: 1_000 },
  )
})

test("a body nested as deeply as bytes allow is rejected in words", () => {
  for (const deep of ["[".repeat(60_000) + "]".repeat(60_000), `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`]) {
    const bytes = Buffer.from(`{"id":"x","any":${deep}}`)
    const stored = {
      sequence: 1,
      subject: "log.3.acme.free",
      arrivedAt: 4e12,
      headers: { "Millrace-Schema": "2" },
      body: bytes,
    }
    const { rejected } = decodeMessage(registry, DECODE_LIMITS, stored)
    expect(reasonText(rejected[0]!.reason)).toContain("nested deeper than 64")
  }
})
