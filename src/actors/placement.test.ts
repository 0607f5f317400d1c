import fc from "fast-check"
import { expect, test } from "vitest"
import { place } from "./placement.ts"

const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 })
const counts = (placed: ReadonlyMap<number, string>) => {
  const held = new Map<string, number>()
  for (const member of placed.values()) held.set(member, (held.get(member) ?? 0) + 1)
  return held
}

test("every item is placed, and every member holds ⌊N/R⌋ or ⌈N/R⌉", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 64 }), members, (items, names) => {
      const placed = place(items, names)
      expect(placed.size).toBe(items)
      const held = counts(placed)
      for (const name of names) {
        expect(held.get(name) ?? 0).toBeGreaterThanOrEqual(Math.floor(items / names.length))
        expect(held.get(name) ?? 0).toBeLessThanOrEqual(Math.ceil(items / names.length))
      }
    }),
  )
})

test("everybody who sees the same members, in whatever order, decides the same", () => {
  fc.assert(
    fc.property(members, (names) => {
      expect([...place(16, names)].sort()).toEqual([...place(16, [...names].reverse())].sort())
    }),
  )
})

test("a member that leaves moves little beyond what it held", () => {
  const names = ["a", "b", "c", "d"]
  const before = place(64, names)
  const after = place(64, ["a", "b", "c"])
  const moved = [...before].filter(([item, member]) => member !== "d" && after.get(item) !== member)
  expect(moved.length).toBeLessThanOrEqual(16)
})

test("with nobody there, nothing is placed", () => {
  expect(place(16, []).size).toBe(0)
})
