import * as Schema from "effect/Schema"
import { expect, expectTypeOf, test } from "vitest"
import { Misuse } from "../base/errors.ts"
import { type DataOf, type Emit, event, type Tagged } from "./event.ts"
import { InvalidEvent } from "./validate.ts"

const S = Schema.String
const Liked = event("post_liked", { version: 1, key: "postId", data: Schema.Struct({ postId: S, userId: S }) })
const Moved = event("moved", {
  version: 3,
  key: "id",
  data: Schema.Struct({ id: S, at: Schema.Date, metres: Schema.Finite }),
  from: {
    1: { data: Schema.Struct({ name: S }), up: (old) => ({ id: old.name, feet: 3 }) },
    2: {
      data: Schema.Struct({ id: S, feet: Schema.Finite }),
      up: (old) => ({ id: old.id, at: new Date(0), metres: old.feet * 0.3048 }),
    },
  },
})

test("a definition makes events that carry type, key, version and data", () => {
  const made = Liked({ postId: "p1", userId: "u1" })
  expect(made).toEqual({ type: "post_liked", key: "p1", version: 1, data: { postId: "p1", userId: "u1" } })
  expectTypeOf(made).toEqualTypeOf<Emit<"post_liked">>()
})

test("data is in its JSON form, without what the schema does not name", () => {
  const extra = { id: "a", at: new Date(5), metres: 1, secret: "s" }
  expect(Moved(extra).data).toEqual({ id: "a", at: "1970-01-01T00:00:00.005Z", metres: 1 })
})

test("types are inferred: data, tag and key field", () => {
  expectTypeOf<DataOf<typeof Liked>>().toEqualTypeOf<{ readonly postId: string; readonly userId: string }>()
  expectTypeOf<Tagged<typeof Liked>["_tag"]>().toEqualTypeOf<"post_liked">()
  expectTypeOf(Liked.keyField).toEqualTypeOf<"postId">()
  expectTypeOf<DataOf<typeof Moved>["at"]>().toEqualTypeOf<Date>()
})

test("versions are in order, the oldest is the pinned one by default, and the title is readable", () => {
  expect([...Moved.versions.keys()]).toEqual([1, 2, 3])
  expect([Moved.pinned, Liked.title]).toEqual([1, "Post liked"])
})

test("fields with a JSON form of their own may be used", () => {
  const at = Schema.DateTimeUtcFromString
  const fields = { a: S, at, d: Schema.Date, n: Schema.BigInt, b: Schema.Uint8Array, o: Schema.Option(S) }
  const Rich = event("rich", { version: 1, key: "a", data: Schema.Struct(fields) })
  expect(Rich.versions.size).toBe(1)
})

const refusals: readonly [string, () => unknown, string][] = [
  ["a value of another type", () => Liked({ postId: "p", userId: 1 as unknown as string }), "userId"],
  ["a NUL in a string", () => Liked({ postId: "p", userId: "a\0b" }), "userId"],
  ["an empty key", () => Liked({ postId: "", userId: "u" }), "postId"],
  ["a key beyond its bound", () => Liked({ postId: "p".repeat(513), userId: "u" }), "postId"],
]
test.each(refusals)("making an event refuses %s and names the field", (_, make, field) => {
  expect(make).toThrow(InvalidEvent)
  expect(make).toThrow(field)
})

const data = Schema.Struct({ a: S, n: Schema.Finite, o: Schema.optionalKey(S) })
const misuses: readonly [string, () => unknown, readonly string[]][] = [
  // @ts-expect-error
  ["an upper-case type", () => event("Liked", { version: 1, key: "a", data }), ["Liked", "lower-case"]],
  // @ts-expect-error
  ["a reserved type", () => event("_x", { version: 1, key: "a", data }), ["_x", "reserved"]],
  // @ts-expect-error
  ["a type with a dot", () => event("x.y", { version: 1, key: "a", data }), ["x.y", "lower-case"]],
  // @ts-expect-error
  ["a type starting with a digit", () => event("1x", { version: 1, key: "a", data }), ["1x", "lower-case"]],
  // @ts-expect-error
  ["an empty type", () => event("", { version: 1, key: "a", data }), ["lower-case"]],
  // @ts-expect-error
  ["an unknown key", () => event("x", { version: 1, key: "b", data }), ['"b"', "use one of a"]],
  // @ts-expect-error
  ["a key that is a number", () => event("x", { version: 1, key: "n", data }), ['"n"', "use one of a"]],
  // @ts-expect-error
  ["a key that may be absent", () => event("x", { version: 1, key: "o", data }), ['"o"', "use one of a"]],
  ["a version that is none", () => event("x", { version: 0, key: "a", data }), ["version 0", "1, 2, 3"]],
  [
    "a reserved field",
    // @ts-expect-error
    () => event("x", { version: 1, key: "a", data: Schema.Struct({ a: S, _tag: S }) }),
    ["_tag", "reserved"],
  ],
  [
    "data that is no struct",
    // @ts-expect-error
    () => event("x", { version: 1, key: "a", data: S }),
    ["Schema.Struct"],
  ],
  [
    "a field without a JSON form",
    () => event("x", { version: 1, key: "a", data: Schema.Struct({ a: S, c: Schema.Array(Schema.instanceOf(Map)) }) }),
    ['"c"', "JSON"],
  ],
  [
    "a gap between versions",
    // @ts-expect-error
    () => event("x", { version: 3, key: "a", data, from: { 1: { data, up: (old) => old } } }),
    ["version 1", "add version 2"],
  ],
  [
    "a missing way up",
    // @ts-expect-error
    () => event("x", { version: 2, key: "a", data, from: { 1: { data } } }),
    ["from.1", "up"],
  ],
  [
    "an older version that is newer",
    // @ts-expect-error
    () => event("x", { version: 1, key: "a", data, from: { 2: { data, up: (old) => old } } }),
    ["version 2", "older"],
  ],
  [
    "an undeclared pinned version",
    () => event("x", { version: 2, key: "a", data }),
    ["version 1", "pinned to one of 2"],
  ],
]
test.each(misuses)("declaring %s is refused with what would be right", (_, declare, words) => {
  expect(declare).toThrow(Misuse)
  for (const word of words) expect(declare).toThrow(word)
})

test("a way up that does not give the next version's data does not compile", () => {
  const make = () =>
    event("x", {
      version: 2,
      key: "a",
      data,
      // @ts-expect-error n must be a number
      from: { 1: { data: Schema.Struct({ a: S }), up: (old) => ({ a: old.a, n: "1" }) } },
    })
  expect(make().version).toBe(2)
})
