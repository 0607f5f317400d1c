import fc from "fast-check"
import { expect, test } from "vitest"
import { Repeats } from "./repeats.ts"

const limits = { idsMax: 1024, withinMs: 600_000 }

/** The definition, word for word: slow and obvious. */
function oracle({ idsMax, withinMs }: typeof limits) {
  const seen: { id: string; arrivedAt: number }[] = []
  return (id: string, arrivedAt: number) => {
    const window = seen.slice(-idsMax).filter((occurrence) => occurrence.arrivedAt >= arrivedAt - withinMs)
    seen.push({ id, arrivedAt })
    return window.some((occurrence) => occurrence.id === id)
  }
}

test("an id is a repeat of itself only under the same tenant and type", () => {
  const repeats = new Repeats(limits)
  expect(repeats.occurred("a", "liked", "1", 0)).toBe(false)
  expect(repeats.occurred("a", "liked", "1", 1)).toBe(true)
  expect(repeats.occurred("b", "liked", "1", 2)).toBe(false)
  expect(repeats.occurred("a", "shared", "1", 3)).toBe(false)
})

test("a dropped repeat is an occurrence too, so the window slides with it", () => {
  const repeats = new Repeats(limits)
  repeats.occurred("a", "t", "1", 0)
  expect(repeats.occurred("a", "t", "1", 600_000)).toBe(true)
  expect(repeats.occurred("a", "t", "1", 1_200_000)).toBe(true)
  expect(repeats.occurred("a", "t", "1", 1_800_001)).toBe(false)
})

test("the last idsMax occurrences are remembered, and not one more", () => {
  const remembers = (others: number) => {
    const repeats = new Repeats(limits)
    for (let i = 0; i <= others; i++) repeats.occurred("a", "t", `${i}`, 0)
    return repeats.occurred("a", "t", "0", 0)
  }
  expect(remembers(1023)).toBe(true)
  expect(remembers(1024)).toBe(false)
})

test("agrees with the definition for any run of ids and arrivals", () => {
  const occurrence = fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 2000 }))
  fc.assert(
    fc.property(fc.array(occurrence, { minLength: 1500, maxLength: 4000 }), (run) => {
      const repeats = new Repeats(limits)
      const expected = oracle(limits)
      let arrivedAt = 0
      for (const [id, passed] of run) {
        arrivedAt += passed
        expect(repeats.occurred("a", "t", `${id}`, arrivedAt)).toBe(expected(`${id}`, arrivedAt))
      }
    }),
    { numRuns: 15 },
  )
})

test("goes on from a checkpoint as if nothing had happened", () => {
  const whole = new Repeats(limits)
  for (let i = 0; i < 5000; i++) whole.occurred("a", "t", `${(i * 7919) % 2000}`, i * 300)
  const restored = new Repeats(limits)
  for (const occurrence of whole.occurrences()) restored.restore(occurrence)
  for (let i = 5000; i < 9000; i++) {
    const id = `${(i * 104_729) % 2000}`
    expect(restored.occurred("a", "t", id, i * 300)).toBe(whole.occurred("a", "t", id, i * 300))
  }
})

test("a million ids stay within 32 MiB", () => {
  const repeats = new Repeats({ idsMax: 1_000_000, withinMs: 600_000 })
  for (let i = 0; i < 1_200_000; i++) repeats.occurred("a", "t", `id-${i}`, 0)
  expect(repeats.size).toBe(1_000_000)
  expect(repeats.bytes).toBeLessThanOrEqual(32 * 1024 * 1024)
})
