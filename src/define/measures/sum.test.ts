import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DecimalSum, toUnits } from "./decimal.ts"
import { ExactSum } from "./exact.ts"
import { decimalSum, exactSum } from "./sum.ts"

const anyDouble = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: -1000, max: 1000 }),
  fc.integer(),
  fc.constantFrom(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 2 ** 53 + 2),
)

const LEAST = 1074n

/** A double as a multiple of 2^-1074, by halving and doubling alone. */
function inLeastUnits(value: number): bigint {
  let bits = 0n
  let scaled = value
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    bits++
  }
  return BigInt(scaled) << (LEAST - bits)
}

/** The nearest double to a multiple of 2^-1074, found by bisecting all doubles with exact comparisons. */
function isNearest(candidate: number, units: bigint): boolean {
  const distance = (of: number) => {
    const gap = inLeastUnits(of) - units
    return gap < 0n ? -gap : gap
  }
  return [nextAfter(candidate, 1), nextAfter(candidate, -1)]
    .filter(Number.isFinite)
    .every((neighbour) => distance(candidate) <= distance(neighbour))
}

function nextAfter(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 5e-324
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const away = value > 0 === direction > 0
  view.setBigInt64(0, view.getBigInt64(0) + (away ? 1n : -1n))
  return view.getFloat64(0)
}

const sumOf = (values: readonly number[]) => {
  const sum = new ExactSum()
  for (const value of values) sum.add(value)
  return sum
}

describe("the exact sum of doubles", () => {
  it("is the double nearest to the true sum", () => {
    fc.assert(
      fc.property(fc.array(anyDouble, { maxLength: 30 }), (values) => {
        const units = values.reduce((sum, value) => sum + inLeastUnits(value), 0n)
        const value = sumOf(values).value()
        if (Math.abs(value) < Number.MAX_VALUE) expect(isNearest(value, units)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it("loses nothing where plain addition loses everything", () => {
    expect(sumOf([1e308, 1e-300, -1e308]).value()).toBe(1e-300)
    expect(sumOf([1e16, 1, 1, -1e16]).value()).toBe(2)
    expect(sumOf(Array.from({ length: 10 }, () => 0.1)).value()).toBe(1)
  })

  it("has one form for one whole sum, however it came about", () => {
    const max = Number.MAX_SAFE_INTEGER
    expect(sumOf([max, 5, -5]).encode()).toBe(max)
    expect(sumOf([5, -5, max]).encode()).toBe(max)
    expect(sumOf([0.5, 0.5]).encode()).toBe(1)
    expect(sumOf([0.5, -0.5]).encode()).toBe(0)
  })

  it("carries in time: many additions to one digit stay exact", () => {
    const sum = sumOf([0.1])
    for (let doubling = 0; doubling < 60; doubling++) sum.merge(ExactSum.decode(sum.encode()))
    expect(sum.value()).toBe(0.1 * 2 ** 60)
    const merged = sumOf([0.1])
    for (let doubling = 0; doubling < 60; doubling++) {
      const same = new ExactSum()
      same.merge(merged)
      merged.merge(same)
    }
    expect(merged.encode()).toEqual(sum.encode())
  })

  it("refuses what is not a number, and bytes that are not a sum", () => {
    expect(() => exactSum.prepare(Number.NaN)).toThrow("not a finite number")
    expect(() => exactSum.prepare("1")).toThrow("got a string")
    expect(() => exactSum.decode("x")).toThrow("wire form")
    expect(() => exactSum.decode([1])).toThrow("wire form")
  })
})

describe("the sum of decimals", () => {
  it("is what the decimals add up to", () => {
    const cents = fc.integer({ min: -10_000_000, max: 10_000_000 })
    fc.assert(
      fc.property(fc.array(cents), (all) => {
        const sum = new DecimalSum()
        for (const each of all) sum.add(toUnits(each / 100, 2))
        expect(sum.units).toBe(all.reduce((a, b) => a + b, 0))
      }),
    )
  })

  it("rounds as people read: half away from zero, by the number as it was written", () => {
    expect(toUnits(1.005, 2)).toBe(101)
    expect(toUnits(-1.005, 2)).toBe(-101)
    expect(toUnits(1.0049999, 2)).toBe(100)
    expect(toUnits(2.5, 0)).toBe(3)
    expect(toUnits(-0.001, 2)).toBe(0)
    expect(toUnits(1e-300, 12)).toBe(0)
  })

  it("is exact beyond what numbers hold", () => {
    const sum = new DecimalSum()
    sum.add(toUnits(1e22, 2))
    sum.add(toUnits(0.01, 2))
    expect(sum.text(2)).toBe("10000000000000000000000.01")
    const back = DecimalSum.decode(sum.encode())
    back.add(toUnits(-1e22, 2))
    expect(back.units).toBe(1)
  })

  it("shows every place", () => {
    const text = (units: number, scale: number) => Object.assign(new DecimalSum(), { units }).text(scale)
    expect([text(-5, 2), text(0, 2), text(1234, 0), text(100, 6)]).toEqual(["-0.05", "0.00", "1234", "0.000100"])
  })

  it("travels as a number while that is exact", () => {
    expect(decimalSum(2).encode(decimalSum(2).decode(12))).toBe(12)
    expect(() => decimalSum(2).decode("1.5")).toThrow("wire form")
  })
})
