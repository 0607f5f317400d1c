import { expect, test } from "vitest"
import { INGEST_TRANSFORM, parseStored } from "../../wire/subject.ts"
import { isLiteral, matches, transformer } from "./subjects.ts"

test.each([
  ["a.b", "a.b", true],
  ["a.*", "a.b", true],
  ["a.*", "a.b.c", false],
  ["a.*", "a", false],
  ["a.>", "a.b.c", true],
  ["a.>", "a", false],
  [">", "a", true],
  ["*.b.*", "a.b.c", true],
  ["*.b.*", "a.c.c", false],
  ["a.b", "a", false],
])("%s takes %s: %s", (filter, subject, taken) => {
  expect(matches(filter, subject)).toBe(taken)
})

test("a wildcard is a whole token", () => {
  expect(isLiteral("a.b*.c>d")).toBe(true)
  expect(isLiteral("a.*.c")).toBe(false)
  expect(isLiteral("a.>")).toBe(false)
})

test("the log's transform drops the key and names the lane; a wildcard for a key is left alone", () => {
  const stored = transformer(INGEST_TRANSFORM)
  expect(parseStored(stored("ingest.acme.liked.p1"))).toMatchObject({ tag: "event", tenant: "acme", type: "liked" })
  for (const stray of ["ingest.acme.liked.*", "ingest.acme.liked.>", "ingest.acme.liked", "log.3._tick"]) {
    expect(stored(stray)).toBe(stray)
  }
})

test("a transform that names a wildcard which is not there is a bug", () => {
  expect(() => transformer({ source: "a.*", destination: "b.{{wildcard(2)}}" })).toThrow("no wildcard 2")
})
