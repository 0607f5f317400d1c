import { expect, test } from "vitest"
import { closest } from "./suggest.ts"

const KNOWN = ["publish", "tail", "status", "start", "simulate", "bench"]

test("a slip of the finger finds its word", () => {
  expect(["pubilsh", "publsh", "publissh", "tial", "stats", "ben"].map((word) => closest(word, KNOWN))).toEqual([
    "publish",
    "publish",
    "publish",
    "tail",
    "status",
    "bench",
  ])
})

test("another word finds none", () => {
  expect(["deploy", "x", "migrate-all"].map((word) => closest(word, KNOWN))).toEqual([undefined, undefined, undefined])
})
