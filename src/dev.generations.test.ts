import { expect, test } from "vitest"
import { generationFor, newestOf } from "./dev.generations.ts"

test("code goes on with the generation that was begun with it, however old, and else begins the next", () => {
  const known = new Map([
    [2, "a"],
    [5, "b"],
  ])
  expect(generationFor("a", known)).toBe(2)
  expect(generationFor("b", known)).toBe(5)
  expect(generationFor("c", known)).toBe(6)
  expect(generationFor("c", new Map())).toBe(1)
  expect([newestOf(known), newestOf(new Map())]).toEqual([5, 0])
})
