/**
 * The packed format is MessagePack as everybody knows it: proven with a library that is not ours, in both directions.
 * So whatever library a language has will do.
 */

import fc from "fast-check"
import { Packr, Unpackr } from "msgpackr"
import { describe, expect, it } from "vitest"
import { BATCH_VERSION, decodeBatch } from "./batch.ts"
import { type EventToPack, encodeBatch } from "./batchbuilder.ts"

/** Plain arrays and maps, none of the library's own extensions. Maps stay maps, so that every name is only a name. */
const PLAIN = { useRecords: false, mapsAsObjects: false } as const

const names = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "a", "1"))
const numbers = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
const data = fc
  .dictionary(names, fc.oneof(fc.jsonValue({ maxDepth: 3 }), numbers), { noNullPrototype: true, maxKeys: 6 })
  // Not every library knows -0 from 0, nor does JSON.
  .map((made): EventToPack["data"] => JSON.parse(JSON.stringify(made)))
const events: fc.Arbitrary<EventToPack[]> = fc.array(
  fc.record({
    type: fc.constantFrom("liked", "viewed"),
    schemaVersion: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
    id: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    timeMs: fc.option(fc.integer({ min: -8.64e15, max: 8.64e15 }), { nil: undefined }),
    data,
  }),
  { maxLength: 20 },
)

describe("a batch of ours", () => {
  it("is read by any MessagePack library", () => {
    const library = new Unpackr(PLAIN)
    fc.assert(
      fc.property(events, (list) => {
        const built = encodeBatch("b", list)
        if (built.tag === "bad") throw new Error(built.reason)
        expect(eventsIn(library.unpack(built.bytes))).toEqual(list.map(plainEvent))
      }),
    )
  })
})

describe("a batch that another library wrote", () => {
  it.for([
    ["with the shortest form of each map's length", { variableMapSize: true }],
    ["with map lengths in two bytes", { variableMapSize: false }],
  ] as const)("is read, %s", ([, more]) => {
    const library = new Packr({ ...PLAIN, ...more })
    fc.assert(
      fc.property(events, (list) => {
        const read = decodeBatch(library.pack(batchOf(list)))
        if (read.tag === "bad") throw new Error(read.reason)
        const expected = list.map((event, index) => ({
          ...event,
          id: event.id ?? `b.${index}`,
          fields: Object.keys(event.data),
        }))
        expect(read.events).toEqual(expected)
      }),
    )
  })

  it("may hold integers that only 64 bits can", () => {
    const shapes = [["liked", null, ["most", "least"]]]
    const rows = [[0, null, null, 2n ** 63n, -(2n ** 63n)]]
    const read = decodeBatch(new Packr(PLAIN).pack([BATCH_VERSION, "b", shapes, rows]))
    expect(read).toMatchObject({ events: [{ data: { most: 2n ** 63n, least: -(2n ** 63n) } }] })
  })

  it("is refused with a reason if it needs what is the library's own", () => {
    const shapes = [["liked", null, ["at"]]]
    const read = decodeBatch(new Packr(PLAIN).pack([BATCH_VERSION, "b", shapes, [[0, null, null, new Date(0)]]]))
    expect(read).toMatchObject({ tag: "bad", reason: expect.stringContaining("xtension") })
  })
})

/** As someone would who only read the format's description: one shape an event. */
function batchOf(list: readonly EventToPack[]): unknown {
  const shapes = list.map(({ type, schemaVersion, data }) => [type, schemaVersion ?? null, Object.keys(data)])
  const rows = list.map(({ id, timeMs, data }, i) => [i, id ?? null, timeMs ?? null, ...Object.values(data)])
  return [BATCH_VERSION, "b", shapes, rows]
}

type Parts = readonly [version: number, id: string, shapes: readonly ShapePart[], rows: readonly unknown[][]]
type ShapePart = readonly [type: string, schemaVersion: number | null, fields: readonly string[]]

function eventsIn([version, id, shapes, rows]: Parts): unknown[] {
  expect([version, id]).toEqual([BATCH_VERSION, "b"])
  return rows.map(([at, eventId, timeMs, ...row]) => {
    const [type, schemaVersion, fields] = shapes[Number(at)]!
    return {
      type,
      schemaVersion,
      id: eventId,
      timeMs: numberOf(timeMs),
      data: new Map(fields.map((f, i) => [f, row[i]])),
    }
  })
}

function plainEvent({ type, schemaVersion, id, timeMs, data }: EventToPack): unknown {
  return { type, schemaVersion: schemaVersion ?? null, id: id ?? null, timeMs: timeMs ?? null, data: asMaps(data) }
}

/** Libraries give large integers as they like; in epoch milliseconds both forms mean the same. */
function numberOf(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value
}

function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps)
  if (typeof value !== "object" || value === null) return value
  return new Map(Object.entries(value).map(([name, inner]) => [name, asMaps(inner)]))
}
