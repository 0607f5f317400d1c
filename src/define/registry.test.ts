import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { Misuse } from "../base/errors.ts"
import { event } from "./event.ts"
import { registryOf } from "./registry.ts"

const S = Schema.String
const data = Schema.Struct({ id: S, title: S, n: Schema.Finite })
const make = (schema = data, title = "T") => event("a", { version: 1, key: "id", data: schema, title })

test("a type that is declared twice is refused; the same definition twice is one", () => {
  const one = make()
  expect(registryOf([one, one]).events.size).toBe(1)
  expect(() => registryOf([one, make()])).toThrow(Misuse)
  expect(() => registryOf([one, make()])).toThrow("the type a is declared twice")
})

test("readers are found by version, and the pinned one without a version", () => {
  const two = event("b", {
    version: 2,
    key: "id",
    data,
    pinned: 2,
    from: { 1: { data: Schema.Struct({ id: S }), up: (old) => ({ id: old.id, title: "", n: 0 }) } },
  })
  const registry = registryOf([two])
  expect(registry.reader("b", undefined)?.version).toBe(2)
  expect(registry.reader("b", 1)).toMatchObject({ version: 1, current: 2 })
  expect([registry.reader("b", 3), registry.reader("c", 1)]).toEqual([undefined, undefined])
})

test("the fingerprint changes with a field, its type, its name or a check, and not with words or order", () => {
  const of = (schema: typeof data, title?: string) => registryOf([make(schema, title)]).fingerprint()
  const same = of(data)
  expect(of(data, "Other")).toBe(same)
  expect(of(Schema.Struct({ n: Schema.Finite, title: S, id: S }))).toBe(same)
  expect(of(Schema.Struct({ id: S.annotate({ description: "who" }), title: S, n: Schema.Finite }))).toBe(same)
  const others = [
    of(Schema.Struct({ id: S, title: S, n: Schema.Finite, more: S })),
    of(Schema.Struct({ id: S, title: S, n: Schema.Int })),
    of(Schema.Struct({ id: S, title: S, n: Schema.Finite.check(Schema.isGreaterThan(0)) })),
  ]
  expect(new Set([same, ...others]).size).toBe(4)
})

test("a field that is named like a keyword counts", () => {
  const without = Schema.Struct({ id: S, n: Schema.Finite })
  const of = (schema: typeof without) => registryOf([event("a", { version: 1, key: "id", data: schema })]).fingerprint()
  expect(of(Schema.Struct({ id: S, title: S, n: Schema.Finite }))).not.toBe(of(without))
})
