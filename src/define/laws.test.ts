import { describe, expect, it } from "vitest"
import { below } from "../base/random.ts"
import { testLaws } from "./laws.ts"
import type { CustomMeasure } from "./measures/custom.ts"

const product: CustomMeasure<number, number, number> = {
  name: "product",
  version: 1,
  empty: 1,
  add: (state, input) => (state * input) % 97,
  merge: (a, b) => (a * b) % 97,
  value: (state) => state,
  codec: { encode: (state) => state, decode: Number },
}
const trials = { input: (random: Parameters<typeof below>[0]) => 1 + below(random, 9) }
const broken = (change: Partial<typeof product>) => testLaws({ ...product, ...change }, trials).map(({ law }) => law)

describe("the tester of laws", () => {
  it("finds nothing wrong with a sound measure", () => {
    expect(broken({})).toEqual([])
  })

  it("finds a merge that is not commutative, or not associative", () => {
    expect(broken({ merge: (a) => a })).toContain("merge is commutative")
    expect(broken({ merge: (a, b) => Math.abs(a - b) })).toContain("merge is associative")
  })

  it("finds an empty state that is no identity", () => {
    expect(broken({ empty: 2 })).toContain("empty is the identity of merge")
  })

  it("finds a codec that loses something", () => {
    expect(
      broken({ codec: { encode: (state) => state, decode: (encoded) => Math.min(Number(encoded), 50) } }),
    ).toContain("decoding what was encoded gives the same state")
  })

  it("finds a result that depends on order, unless the measure says that it does", () => {
    const newest = { add: (_: number, input: number) => input, merge: (a: number, b: number) => Math.max(a, b) }
    expect(broken(newest)).toContain("the order of adding does not show")
    expect(broken({ ...newest, empty: 0, ordered: true })).toEqual([])
  })

  it("finds a state that is changed in place", () => {
    const list: CustomMeasure<number[], number, number> = {
      name: "list",
      version: 1,
      empty: [],
      add(state, input) {
        state.push(input)
        return state
      },
      merge: (a, b) => [...a, ...b].sort(),
      value: (state) => state.length,
      codec: { encode: (state) => [...state], decode: (encoded) => [...(encoded as number[])] },
    }
    expect(testLaws(list, trials).map(({ law }) => law)).toContain("empty is always the same")
  })
})
