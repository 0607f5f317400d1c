import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { event } from "./event.ts"
import { type EventData, eventReader } from "./reader.ts"

const S = Schema.String
const Noted = event("noted", {
  version: 1,
  key: "id",
  data: Schema.Struct({
    id: S,
    note: Schema.optionalKey(S),
    tags: Schema.Array(S),
    level: Schema.Literals(["low", "high"]),
    nested: Schema.Struct({ text: Schema.NullOr(S) }),
  }),
})
const reader = eventReader(Noted, 1)
const good = { id: "a", note: "n", tags: ["x"], level: "low", nested: { text: null } }

test("readAll gives what read gives, without what the schema does not name", () => {
  const values = [good, { ...good, extra: 1 }, { ...good, nested: { text: "t" } }]
  expect(reader.readAll(values)).toEqual(values.map((each) => read(each)))
})

function read(value: unknown): unknown {
  const each = reader.read(value)
  return each.tag === "read" ? each.data : each
}

const bad: readonly [string, EventData, object][] = [
  ["a wrong value", { ...good, level: "mid" }, { tag: "invalid", issues: [{ path: "level" }] }],
  ["a NUL in a field", { ...good, note: "a\0" }, { tag: "bad-text", issue: { path: "note" } }],
  ["a NUL in an array", { ...good, tags: ["a", "\0"] }, { tag: "bad-text", issue: { path: "tags.1" } }],
  ["a NUL in a nested field", { ...good, nested: { text: "\0" } }, { tag: "bad-text", issue: { path: "nested.text" } }],
  ["half a surrogate pair", { ...good, note: "\ud800" }, { tag: "bad-text", issue: { path: "note" } }],
  ["a key that is too long", { ...good, id: "k".repeat(513) }, { tag: "bad-key", field: "id" }],
]
test.each(bad)("%s fails alone and in a run", (_, value, expected) => {
  expect(reader.read(value)).toMatchObject(expected)
  expect(reader.readAll([good, value, good])).toBeUndefined()
})

const flat = {
  id: S,
  n: Schema.Finite.annotate({ description: "a number" }),
  int: Schema.Int,
  yes: Schema.Boolean,
  level: Schema.Literals(["low", "high"]),
  short: S.check(Schema.isMaxLength(3)),
  maybe: Schema.NullOr(S),
  tags: Schema.Array(S),
  note: Schema.optionalKey(S),
}
const Flat = event("flat", { version: 1, key: "id", data: Schema.Struct(flat) })
const flatReader = eventReader(Flat, 1)
const row = { id: "a", n: 1.5, int: 2, yes: true, level: "low", short: "abc", maybe: null, tags: ["x"] }

test("flat rows of known names are used as they are; with a name too many they are copied without it", () => {
  const rows = [row, { ...row, maybe: "m" }]
  const all = flatReader.readAll(rows, Object.keys(row))
  expect(all?.[0]).toBe(row)
  const more = { ...row, extra: 1 }
  expect(flatReader.readAll([more], Object.keys(more))).toEqual([row])
})

test("a row with any value in any field passes as it is exactly if it can be read by itself", () => {
  const values = [
    undefined,
    null,
    "",
    "a",
    "abcd",
    "\0",
    "low",
    0,
    -1,
    1.5,
    Number.NaN,
    1e300,
    true,
    [],
    ["\0"],
    [1],
    {},
    1n,
  ]
  for (const name of Object.keys(flat)) {
    for (const value of values) {
      const changed: EventData = { ...row, [name]: value }
      const { [name]: _, ...without } = changed
      for (const each of [changed, without]) {
        const alone = flatReader.read(each)
        const inRun = flatReader.readAll([row, each], Object.keys(each))
        expect(inRun?.[1], `${name}: ${String(value)}`).toEqual(alone.tag === "read" ? alone.data : undefined)
      }
    }
  }
})

test("a schema whose own code throws is an invalid event, not a throw", () => {
  const Throwing = event("throwing", {
    version: 1,
    key: "id",
    data: Schema.Struct({
      id: S.check(
        Schema.makeFilter(() => {
          throw new Error("no idea")
        }),
      ),
    }),
  })
  const { read, readAll } = eventReader(Throwing, 1)
  expect(read({ id: "a" })).toMatchObject({
    tag: "invalid",
    issues: [{ path: "", message: expect.stringContaining("own code threw") }],
  })
  expect(readAll([{ id: "a" }])).toBeUndefined()
})
