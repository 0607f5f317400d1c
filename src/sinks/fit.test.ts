import { describe, expect, test } from "vitest"
import { FIT, Unfit } from "./fit.ts"
import type { ColumnType } from "./sink.ts"

const FITS: readonly (readonly [ColumnType, unknown, unknown])[] = [
  ["text", "🚀 \0", "🚀 \0"],
  ["long", Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  ["long", 2n ** 63n - 1n, 2n ** 63n - 1n],
  ["long", -(2n ** 63n), -(2n ** 63n)],
  ["double", Number.NaN, Number.NaN],
  ["double", -0, -0],
  ["decimal", "-12345678901234567890.05", "-12345678901234567890.05"],
  ["decimal", 1e21, "1e+21"],
  ["decimal", 7n, "7"],
  ["boolean", false, false],
  ["time", new Date(0), new Date(0)],
  ["json", { at: new Date(0), gone: undefined, of: [undefined] }, '{"at":"1970-01-01T00:00:00.000Z","of":[null]}'],
  ["json", "🚀 \\ud83d", '"🚀 \\\\ud83d"'],
]

const loop: Record<string, unknown> = {}
loop.self = loop

const MISFITS: readonly (readonly [ColumnType, unknown])[] = [
  ["text", "half \ud83d"],
  ["text", 1],
  ["long", 1.5],
  ["long", 2 ** 53],
  ["long", 2n ** 63n],
  ["long", "1"],
  ["double", "1"],
  ["double", 1n],
  ["decimal", Number.NaN],
  ["decimal", "1,5"],
  ["decimal", ""],
  ["boolean", 0],
  ["time", new Date(Number.NaN)],
  ["time", 0],
  ["json", { half: "\ud83d" }],
  ["json", { "\udc00": 1 }],
  ["json", "\\\ud83d"],
  ["json", { number: 1n }],
  ["json", loop],
  ["json", () => 1],
]

describe("a value in a column", () => {
  test.for(FITS)("of %s: %o fits", ([type, value, expected]) => {
    expect(FIT[type](value)).toEqual(expected)
  })

  test.for(MISFITS)("of %s: %o does not fit, and why is said", ([type, value]) => {
    expect(() => FIT[type](value)).toThrow(Unfit)
  })
})
