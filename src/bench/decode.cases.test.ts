import { expect, test } from "vitest"
import { decodeCases } from "./decode.cases.ts"
import { benchDecode } from "./decode.ts"

test.each(decodeCases())("the bench decodes every event of: $name", ({ run, events }) => {
  expect(events).toBe(500)
  expect(run).not.toThrow()
})

test("the bench gives a rate for each", async () => {
  const said: string[] = []
  const figures = await benchDecode({ progress: (line) => said.push(line), runs: 1, eventsOfARun: 500 })
  expect(figures.map(({ name }) => name)).toEqual(decodeCases().map(({ name }) => name))
  expect(figures.every(({ unit, value }) => unit === "events/s" && value > 0)).toBe(true)
  expect(said).toHaveLength(figures.length)
})
