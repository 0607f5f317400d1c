import { expect, test } from "vitest"
import { decodeCases } from "./decode.cases.ts"

test.each(decodeCases())("the bench decodes every event of: $name", ({ run, events }) => {
  expect(events).toBe(500)
  expect(run).not.toThrow()
})
