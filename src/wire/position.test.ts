import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { covers, decodePosition, encodePosition, mergePositions, positionOf } from "./position.ts"

const positions = fc
  .uniqueArray(fc.tuple(fc.nat(15), fc.maxSafeNat()), { selector: ([lane]) => lane })
  .map((pairs) => new Map(pairs))

describe("a position", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(positions, (position) => {
        expect(decodePosition(encodePosition(position))).toEqual(position)
      }),
    )
  })

  it("has one spelling, whatever the order of its lanes", () => {
    expect(
      encodePosition(
        new Map([
          [3, 9],
          [1, 4],
        ]),
      ),
    ).toBe(
      encodePosition(
        new Map([
          [1, 4],
          [3, 9],
        ]),
      ),
    )
    expect(positionOf(2, 300)).toBe("AQKsAg")
  })

  it("that is none is not read, and nothing throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        const read = decodePosition(text)
        if (read !== undefined) expect([...read.keys()].every((lane) => lane < 16)).toBe(true)
      }),
    )
    for (const bad of ["", "AgEC", "AQE", "AQGA", "ARAB", "AQEBAQE", "A Q", "A".repeat(5000)]) {
      expect(decodePosition(bad)).toBeUndefined()
    }
  })

  it("merged with another covers both, and nothing more", () => {
    fc.assert(
      fc.property(positions, positions, (one, other) => {
        const both = mergePositions(one, other)
        expect(covers(both, one) && covers(both, other)).toBe(true)
        expect(covers(one, both)).toBe(covers(one, other))
      }),
    )
  })

  it("does not cover a lane it has not reached", () => {
    expect(covers(new Map([[1, 5]]), new Map([[1, 5]]))).toBe(true)
    expect(covers(new Map([[1, 5]]), new Map([[1, 6]]))).toBe(false)
    expect(covers(new Map([[1, 5]]), new Map([[2, 1]]))).toBe(false)
  })
})
