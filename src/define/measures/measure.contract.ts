/** The laws of measure.ts, tried on a kind with inputs of any sort: run for every kind. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { brokenLaws, type Fed, type Trial } from "../laws.ts"
import type { MeasureType } from "./measure.ts"

const PLACE = fc.record({ time: fc.integer({ min: -5, max: 5 }), lane: fc.nat(2), sequence: fc.nat(2) })

export interface MeasureContract<S, I> {
  readonly name: string
  readonly type: MeasureType<S, I>
  /** What a selector may answer. */
  readonly raw: fc.Arbitrary<unknown>
  /** Of each of the three parts of a trial. */
  readonly inputsMax?: number
}

export function measureContract<S, I>({ name, type, raw, inputsMax = 20 }: MeasureContract<S, I>): void {
  const part = fc.array(fc.tuple(raw, PLACE), { maxLength: inputsMax })
  const trials = fc.tuple(part, part, part).map(([a, b, c]): Trial<I> => {
    let index = 0
    const fed = (each: typeof a): readonly Fed<I>[] =>
      each.map(([value, place]) => ({ input: type.prepare(value), order: { ...place, segment: 0, index: index++ } }))
    return [fed(a), fed(b), fed(c)]
  })
  describe(`the laws of measures: ${name}`, () => {
    it("hold for any inputs in any order", () => {
      fc.assert(
        fc.property(trials, (trial) => {
          expect(brokenLaws(type, trial)).toEqual([])
        }),
        { numRuns: 150 },
      )
    })
  })
}
