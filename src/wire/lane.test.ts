import { describe, expect, it } from "vitest"
import { LANES } from "../base/limits.ts"
import { laneOf, selectorFor } from "./lane.ts"

const lanes = Array.from({ length: LANES }, (_, lane) => lane)

describe("lanes", () => {
  it("are those that FNV-1a gives over tenant and key token, one after another", () => {
    expect(laneOf("ab", "c")).toBe(laneOf("a", "bc"))
    expect(["a", "foobar", "größe"].map((key) => laneOf("", key))).toEqual([0xc, 0x8, 0xa])
  })

  it("are chosen by a short selector, for every tenant", () => {
    for (const tenant of ["a", "default", "acme-corp_2", "x".repeat(64)]) {
      const selectors = lanes.map((lane) => selectorFor(tenant, lane))
      expect(selectors.map((selector) => laneOf(tenant, selector))).toEqual(lanes)
      expect(Math.max(...selectors.map(({ length }) => length))).toBeLessThanOrEqual(3)
    }
  })

  it("get about as many keys each", () => {
    const counts = lanes.map(() => 0)
    for (let i = 0; i < 16_000; i++) counts[laneOf("demo", `post-${i}`)]!++
    expect(Math.min(...counts)).toBeGreaterThan(850)
    expect(Math.max(...counts)).toBeLessThan(1_150)
  })
})
