import { expect, test } from "vitest"
import { measureCases } from "./measures.cases.ts"
import { benchMeasures } from "./measures.ts"

test("the bench gives a cost for every operation", async () => {
  const said: string[] = []
  const figures = await benchMeasures({ progress: (line) => said.push(line), runs: 1, runMs: 1 })
  expect(figures.map(({ name }) => name)).toEqual(measureCases().map(({ name }) => name))
  expect(figures.every(({ unit, value }) => unit === "ns" && value > 0)).toBe(true)
  expect(said).toHaveLength(figures.length)
})
