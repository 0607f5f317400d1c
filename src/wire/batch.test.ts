import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { NESTING_MAX } from "../base/limits.ts"
import { type BatchEvent, decodeBatch } from "./batch.ts"
import { BatchWorkshop, type EventToPack, encodeBatch } from "./batchbuilder.ts"
import { pack } from "./pack.ts"
import { unpack } from "./unpack.ts"

const names = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "a", "b", "c", "1"))
const data = fc.dictionary(names, fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true, maxKeys: 8 })
const events: fc.Arbitrary<EventToPack[]> = fc.array(
  fc.record({
    type: fc.constantFrom("liked", "viewed"),
    schemaVersion: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
    id: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    timeMs: fc.option(fc.integer({ min: -8.64e15, max: 8.64e15 }), { nil: undefined }),
    data,
  }),
  { maxLength: 40 },
)

function encoded(list: readonly EventToPack[], batchId = "b"): Uint8Array {
  const built = encodeBatch(batchId, list)
  if (built.tag === "bad") throw new Error(built.reason)
  return built.bytes
}

function decoded(bytes: Uint8Array): readonly BatchEvent[] {
  const read = decodeBatch(bytes)
  if (read.tag === "bad") throw new Error(read.reason)
  return read.events
}

function reasonOf(bytes: Uint8Array): string {
  const read = decodeBatch(bytes)
  return read.tag === "bad" ? read.reason : "read"
}

const event = (fields: Readonly<Record<string, unknown>>): EventToPack => ({
  type: "liked",
  schemaVersion: undefined,
  id: undefined,
  timeMs: undefined,
  data: fields,
})

describe("a batch", () => {
  it("gives back any JSON-like events, first met or compiled", () => {
    fc.assert(
      fc.property(events, (list) => {
        const bytes = encoded(list)
        const expected = list.map((each, index) => ({
          ...each,
          id: each.id ?? `b.${index}`,
          fields: Object.keys(each.data),
        }))
        expect(decoded(bytes)).toEqual(expected)
        expect(decoded(bytes)).toEqual(expected)
      }),
    )
  })

  it("keeps names such as __proto__ as names", () => {
    const hostile = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}')
    const bytes = encoded([event(hostile), event({ nested: hostile })])
    for (const met of [decoded(bytes), decoded(bytes), decoded(bytes)]) {
      expect(Object.keys(met[0]!.data)).toEqual(["__proto__", "constructor"])
      expect(Object.getPrototypeOf(met[0]!.data)).toBe(Object.prototype)
      expect("admin" in met[0]!.data).toBe(false)
      expect("admin" in Object(met[1]!.data.nested)).toBe(false)
    }
  })

  it("leaves out what is undefined, as JSON does", () => {
    const [read] = decoded(encoded([event({ a: 1, b: undefined, c: { d: undefined } })]))
    expect(Object.keys(read!.data)).toEqual(["a", "c"])
    expect(read!.data.c).toEqual({})
  })

  it("writes a Date as JSON does, and large integers exactly", () => {
    const at = new Date(0)
    const [read] = decoded(encoded([event({ at, big: 2n ** 60n, small: 5n, negative: -0, safe: 2 ** 53 - 1 })]))
    expect(read!.data).toEqual({ at: at.toISOString(), big: 2n ** 60n, small: 5, negative: -0, safe: 2 ** 53 - 1 })
  })

  it("tells what has no place in it, and where", () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    for (const bad of [{ f: () => 1 }, { s: Symbol("x") }, loop, { n: 2n ** 64n }]) {
      expect(encodeBatch("b", [event({ a: 1 }), event(bad)])).toMatchObject({ tag: "bad", index: 1 })
    }
  })

  it("is as it was after an event that could not be added", () => {
    const builder = new BatchWorkshop({ eventsMax: 10, bytesMax: 1_000 }).builder()
    expect(builder.add(event({ a: "first" }))).toBe(true)
    expect(() => builder.add(event({ a: "x", f: () => 1 }))).toThrow("function")
    expect(builder.add(event({ a: "y".repeat(1_000) }))).toBe(false)
    expect(builder.add(event({ a: "second" }))).toBe(true)
    expect(decoded(builder.finish("b")).map(({ data: { a } }) => a)).toEqual(["first", "second"])
  })

  it("never grows beyond its bounds", () => {
    const builder = new BatchWorkshop({ eventsMax: 100, bytesMax: 4_096 }).builder()
    let added = 0
    while (builder.add(event({ [`field${added}`]: "ä".repeat(added) }))) added++
    expect(added).toBeGreaterThan(10)
    expect(builder.finish("b".repeat(100)).length).toBeLessThanOrEqual(4_096)
  })
})

describe("bytes that are no batch", () => {
  it("give a reason and never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBatch(bytes).tag).toBe("bad")
      }),
    )
  })

  it("give a reason or other events, if a batch is cut or changed", () => {
    const bytes = encoded([
      event({ a: 1, b: ["x", { c: "größer" }] }),
      event({ a: "a long string, beyond the short ones" }),
    ])
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        expect(decodeBatch(bytes.subarray(0, at)).tag).toBe("bad")
        expect(["bad", "batch"]).toContain(decodeBatch(Uint8Array.from(bytes).fill(value, at, at + 1)).tag)
      }),
    )
  })

  it("take no memory for what they only announce", () => {
    const announced = Buffer.from([0xdd, 0x01, 0xff, 0xff, 0xff])
    const nested = Buffer.concat(Array.from({ length: NESTING_MAX * 2 }, () => announced))
    expect(reasonOf(announced)).toContain("bytes left")
    expect(unpack(nested)).toMatchObject({ tag: "bad" })
    expect(unpack(Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]))).toMatchObject({ tag: "bad" })
  })

  it("are told apart", () => {
    const row = (...values: unknown[]) => pack([1, "b", [["liked", 1, ["a"]]], [values]])
    expect(reasonOf(pack([2, "b", [], []]))).toContain("version 2")
    expect(reasonOf(pack([1, "", [], []]))).toContain("no id")
    expect(reasonOf(pack([1, "b", [["liked", 0, []]], []]))).toContain("schema version")
    expect(reasonOf(pack([1, "b", [["liked", 1, ["a", "a"]]], []]))).toContain("twice")
    expect(reasonOf(row(1, null, null, 0))).toContain("shape that is not there")
    expect(reasonOf(row(0, null, null))).toContain("not as long")
    expect(reasonOf(row(0, 7, null, 0))).toContain("id of event 0")
    expect(reasonOf(row(0, null, "x", 0))).toContain("time of event 0")
    expect(reasonOf(Buffer.concat([row(0, null, null, 0), Buffer.from([0])]))).toContain("left over")
    expect(reasonOf(row(0, null, null, 0))).toBe("read")
    expect(decodeBatch(row(0, null, null, 0), { eventsMax: 0, bytesMax: 100 })).toMatchObject({ tag: "bad" })
    expect(decodeBatch(row(0, null, null, 0), { eventsMax: 9, bytesMax: 3 })).toMatchObject({ tag: "bad" })
  })

  it("may not hold extension types", () => {
    expect(unpack(Buffer.from([0xd6, 0xff, 0, 0, 0, 0]))).toMatchObject({ tag: "bad" })
  })
})

it("a short string keeps nothing else alive, and a value read is a copy", () => {
  const body = pack({ raw: new Uint8Array([1, 2, 3]) })
  const read = unpack(body)
  body.fill(0)
  expect(read).toEqual({ tag: "value", value: { raw: new Uint8Array([1, 2, 3]) } })
})
