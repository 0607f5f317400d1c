import { expect, test } from "vitest"
import { engineCases } from "./engine.cases.ts"

test("the engine bench steps every event it counts, and makes the same frames each time", () => {
  for (const each of engineCases(2_048)) {
    expect(each.events).toBe(2_048)
    expect(each.run()).toBe(each.run())
  }
})
