import fc from "fast-check"
import { BSON } from "mongodb"
import { describe, expect, test } from "vitest"
import { MONGO_CONNECTIONS } from "../../base/limits.ts"
import { type Row, RowRefused, type Scalar, type ViewShape } from "../sink.ts"
import { connectionOf } from "./connection.ts"
import { Documents } from "./documents.ts"

const shape: ViewShape = {
  name: "v",
  key: [
    { name: "tenant_id", type: "text" },
    { name: "entity_id", type: "text" },
    { name: "window_start", type: "time" },
  ],
  fields: [{ name: "load_p50", type: "double" }],
}
const documents = new Documents(shape)
const row = (key: readonly Scalar[], value: number | null = 1): Row => ({ view: "v", key, fields: [value], frame: 3 })

const part = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("a/b", "a", "b", "%2F", "/", ""))
const start = fc.date({ min: new Date(0), max: new Date(8e12), noInvalidDate: true })
const key = fc.tuple(part, part, start)

describe("a row as a document", () => {
  test("has an identity that no other key has", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const same = documents.writeOf(row(a), 0).id === documents.writeOf(row(b), 0).id
        expect(same).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  test("is <tenant>/<entity id> as it is, and the window's start behind it", () => {
    const { id } = documents.writeOf(row(["acme", "a%2Fb/c", new Date(0)]), 0)
    expect(id).toBe("acme/a%2Fb/c/1970-01-01T00:00:00.000Z")
  })

  test("comes back through BSON as it was, with the definition's own names in between", () => {
    const given = row(["acme", "e", new Date(5)], 0.5)
    const stored = BSON.deserialize(BSON.serialize(documents.writeOf(given, 0).document), { useBigInt64: true })
    expect(Object.keys(stored)).toEqual(["tenantId", "entityId", "windowStart", "loadP50", "_frame"])
    expect(documents.rowOf(stored)).toEqual(given)
  })

  test("is refused with its column's name if a value does not fit", () => {
    const bad: Row = { ...row(["acme", "e", new Date(5)]), fields: ["fast"] }
    expect(() => documents.writeOf(bad, 0)).toThrow(RowRefused)
    expect(() => documents.writeOf(bad, 0)).toThrow(/load_p50/)
  })
})

test("documents are spread evenly over the connections, each always on the same", () => {
  const counts = Array.from({ length: MONGO_CONNECTIONS }, () => 0)
  for (let i = 0; i < 1_000; i++) counts[connectionOf(`acme/p${i}`)]!++
  for (const count of counts) expect(count).toBeGreaterThan(400)
  expect(connectionOf("acme/p1")).toBe(connectionOf("acme/p1"))
})
