import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { below, seededRandom } from "../../base/random.ts"
import { registerOf } from "./distinct.register.ts"
import { Hll } from "./distinct.ts"
import { binOf, DDSketch, middleOf } from "./percentiles.ts"
import { SpaceSaving } from "./space-saving.ts"
import { topExact } from "./top.ts"

describe("distinct", () => {
  const counted = (from: number, upto: number) => {
    const hll = new Hll()
    for (let i = from; i < upto; i++) hll.add(registerOf(`user-${i}`))
    return hll
  }

  it("counts few exactly and many within five standard errors", () => {
    for (const n of [0, 1, 2, 10, 33, 100]) expect(Math.abs(counted(0, n).estimate() - n)).toBeLessThanOrEqual(n / 50)
    for (const n of [300, 384, 500, 3_000, 10_000, 12_000, 100_000]) {
      expect(Math.abs(counted(0, n).estimate() - n) / n).toBeLessThan(0.08)
    }
  })

  it("is unbiased: the mean error of many counts is small", () => {
    for (const n of [400, 4_000, 20_000]) {
      const errors = Array.from({ length: 20 }, (_, i) => counted(i * n, i * n + n).estimate() / n - 1)
      expect(Math.abs(errors.reduce((a, b) => a + b) / errors.length)).toBeLessThan(0.015)
    }
  })

  it("spreads short and similar texts over all registers and ranks", () => {
    const seen = new Set<number>()
    let ranks = 0
    for (let i = 0; i < 100_000; i++) {
      const register = registerOf(String(i))
      seen.add(register >>> 6)
      ranks += register & 63
    }
    expect(seen.size).toBe(4096)
    expect(ranks / 100_000).toBeGreaterThan(1.97)
    expect(ranks / 100_000).toBeLessThan(2.03)
  })

  it("hashes the same for ever: states of one version merge with those of the next", () => {
    expect(["", "a", "user-1", "äöü", "😀"].map(registerOf)).toMatchInlineSnapshot(`
      [
        184386,
        249153,
        168385,
        53763,
        14594,
      ]
    `)
  })

  it("has the same registers whatever its form", () => {
    for (const n of [32, 33, 384, 385, 390, 5_000]) {
      const whole = counted(0, n)
      const parts = counted(0, 20)
      parts.merge(counted(20, n))
      expect(parts.encode()).toEqual(whole.encode())
      expect([parts, Hll.decode(whole.encode())].map((each) => each.estimate())).toEqual(
        [n, n].map(() => whole.estimate()),
      )
    }
    expect(counted(0, 300).encode().length).toBeLessThan(900)
    expect(counted(0, 3000).encode().length).toBe(3073)
  })

  it("refuses bytes that are not its own", () => {
    for (const bytes of [[], [3], [2, 0], [1, 0], [1, 0xff, 0xff, 0xff, 0x7f]]) {
      expect(() => Hll.decode(Uint8Array.from(bytes))).toThrow("wire form")
    }
  })
})

describe("percentiles", () => {
  it("puts every value into a bin whose middle is within 1 %", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 2 ** -30, max: 2 ** 49 }), fc.boolean(), (size, negative) => {
        const value = negative ? -size : size
        expect(Math.abs(middleOf(binOf(value)) / value - 1)).toBeLessThanOrEqual(0.01)
      }),
      { numRuns: 2_000 },
    )
  })

  it("keeps bins in the order of values", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        if (a <= b) expect(binOf(a)).toBeLessThanOrEqual(binOf(b))
      }),
      { numRuns: 2_000 },
    )
  })

  it("answers within 1 % of the value of that rank", () => {
    const random = seededRandom(7)
    const values = Array.from({ length: 5_000 }, () => (random.next() - 0.3) * 10 ** below(random, 6))
    const sketch = new DDSketch()
    for (const value of values) sketch.add(binOf(value))
    const sorted = values.toSorted((a, b) => a - b)
    for (const p of [0, 1, 10, 25, 50, 75, 95, 99, 99.9, 100]) {
      const exact = sorted[Math.floor((p / 100) * (values.length - 1))]!
      expect(Math.abs(sketch.percentile(p)! - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.0101)
    }
  })

  it("has nothing to say of nothing, and zero for zeros and next to nothing", () => {
    expect(new DDSketch().percentile(50)).toBeNull()
    expect([0, -0, 1e-12, -1e-12, 5e-324].map(binOf)).toEqual([0, 0, 0, 0, 0])
  })

  it("stays small: what travels is two or three bytes a bin", () => {
    const sketch = new DDSketch()
    for (let i = 1; i <= 1000; i++) sketch.add(binOf(i))
    expect(sketch.encode().length).toBeLessThan(800)
    sketch.add(binOf(1e-9))
    sketch.add(binOf(1e300))
    sketch.add(binOf(-1e300))
    expect(sketch.encode().length).toBeLessThan(820)
  })
})

describe("top of complete counts", () => {
  it("is the true list, whatever was cut off in the parts", () => {
    const pair = fc.record({ value: fc.string({ maxLength: 2 }), count: fc.nat(20) })
    const type = topExact(3)
    const fold = (pairs: readonly { value: string; count: number }[]) =>
      pairs.reduce(
        (state, each) => type.add(state, each, { time: 0, lane: 0, sequence: 0, segment: 0, index: 0 }),
        type.empty(),
      )
    fc.assert(
      fc.property(fc.uniqueArray(pair, { selector: ({ value }) => value }), fc.nat(20), (pairs, cut) => {
        const merged = type.merge(fold(pairs.slice(0, cut)), fold(pairs.slice(cut)))
        const sorted = pairs.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
        expect(merged).toEqual(sorted.slice(0, 3))
      }),
    )
  })

  it("keeps a value's greatest count", () => {
    const type = topExact(2)
    const merged = type.merge(
      [{ value: "a", count: 3 }],
      [
        { value: "a", count: 5 },
        { value: "b", count: 4 },
      ],
    )
    expect(merged).toEqual([
      { value: "a", count: 5 },
      { value: "b", count: 4 },
    ])
  })
})

describe("SpaceSaving", () => {
  const letters = fc.array(fc.tuple(fc.constantFrom(..."abcdefghijkl"), fc.integer({ min: 1, max: 4 })), {
    maxLength: 80,
  })
  const fold = (fed: readonly (readonly [string, number])[], capacity: number) => {
    const sketch = new SpaceSaving(capacity)
    for (const [value, weight] of fed) sketch.add(value, weight)
    return sketch
  }
  const expectWithinBounds = (sketch: SpaceSaving, fed: readonly (readonly [string, number])[]) => {
    const truth = new Map<string, number>()
    for (const [value, weight] of fed) truth.set(value, (truth.get(value) ?? 0) + weight)
    const listed = new Map(sketch.list().map((each) => [each.value, each]))
    for (const [value, count] of truth) {
      const held = listed.get(value)
      expect(count).toBeLessThanOrEqual(held?.count ?? sketch.floor)
      expect(count).toBeGreaterThanOrEqual(held === undefined ? 0 : held.count - held.error)
    }
  }

  it("keeps its bounds, also after merging and decoding", () => {
    fc.assert(
      fc.property(letters, letters, letters, (a, b, c) => {
        const sketch = fold(a, 4)
        sketch.merge(fold(b, 4))
        const back = SpaceSaving.decode(sketch.encode(), 4)
        for (const [value, weight] of c) back.add(value, weight)
        expectWithinBounds(back, [...a, ...b, ...c])
        expect(back.list().length).toBeLessThanOrEqual(4)
      }),
      { numRuns: 300 },
    )
  })

  it("is exact while there is room", () => {
    expect(
      fold(
        [
          ["a", 1],
          ["b", 2],
          ["a", 3],
        ],
        2,
      ).list(),
    ).toEqual([
      { value: "a", count: 4, error: 0 },
      { value: "b", count: 2, error: 0 },
    ])
  })

  it("finds the ten heaviest of a skewed stream", () => {
    const random = seededRandom(3)
    const sketch = new SpaceSaving(128)
    for (let i = 0; i < 50_000; i++) sketch.add(`v${Math.floor(1 / (random.next() + 0.0005))}`, 1)
    const heaviest = sketch
      .list()
      .slice(0, 10)
      .map(({ value }) => value)
    expect(heaviest.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `v${i + 1}`).toSorted())
  })
})
