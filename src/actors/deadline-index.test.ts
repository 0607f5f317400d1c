import { expect, test } from "vitest"
import { DEADLINE_BUFFER_BYTES_MAX } from "../base/limits.ts"
import { below, chance, pick, seededRandom } from "../base/random.ts"
import { DeadlineIndex } from "./deadline-index.ts"
import { MemoryDeadlines } from "./residency.ts"
import { MemorySpillFile } from "./spill/memory-file.ts"

const DAY = 86_400_000
const SPREADS = [10, 1_000, 60_000, 3_600_000, DAY, 90 * DAY, 4_000 * DAY]

test.each([1, 2, 3, 4])("deadlines come up as if all of them were in memory (D1, D2), seed %d", async (seed) => {
  const random = seededRandom(seed)
  const index = new DeadlineIndex(new MemorySpillFile())
  const model = new MemoryDeadlines()
  let now = 1_767_225_600_000
  for (let round = 0; round < 3_000; round++) {
    const stage = below(random, 2)
    for (let i = below(random, 6); i > 0; i--) {
      const at = now + below(random, pick(random, SPREADS))
      const name = `00${below(random, 9)} acme key-${below(random, 400)} ä`
      index.file(stage, at, name)
      model.file(stage, at, name)
    }
    if (chance(random, 0.4)) {
      const at = model.next(stage)
      expect(index.next(stage)).toBe(at)
      if (at === Number.POSITIVE_INFINITY) continue
      if (!index.ready(stage, at)) await index.load(stage, at)
      expect([...index.at(stage, at)].sort()).toEqual([...model.at(stage, at)].sort())
      index.drop(stage, at)
      model.drop(stage, at)
      now = Math.max(now, at)
    }
    if (index.pressed) await index.settle()
  }
  for (const stage of [0, 1]) {
    for (let at = model.next(stage); Number.isFinite(at); at = model.next(stage)) {
      await index.load(stage, at)
      expect(index.next(stage)).toBe(at)
      expect([...index.at(stage, at)].sort()).toEqual([...model.at(stage, at)].sort())
      index.drop(stage, at)
      model.drop(stage, at)
    }
    expect(index.next(stage)).toBe(Number.POSITIVE_INFINITY)
  }
  await index.close()
})

test("far deadlines take no memory beyond their bound (D3), and each comes up once", async () => {
  const index = new DeadlineIndex(new MemorySpillFile())
  const COUNT = 60_000
  for (let i = 0; i < COUNT; i++) {
    index.file(0, 1_000_000 + ((i * 7_919) % COUNT) * 10_000, `000 acme a-key-of-some-length-${i}`)
    if (index.pressed) await index.settle()
    expect(index.buffered).toBeLessThanOrEqual(DEADLINE_BUFFER_BYTES_MAX + 8_192)
  }
  const seen = new Set<string>()
  for (let at = index.next(0); Number.isFinite(at); at = index.next(0)) {
    if (!index.ready(0, at)) await index.load(0, at)
    for (const name of index.at(0, at)) seen.add(name)
    index.drop(0, at)
  }
  expect(seen.size).toBe(COUNT)
  await index.close()
})

test("asking for what was not loaded is a bug, never an empty answer", () => {
  const index = new DeadlineIndex(new MemorySpillFile())
  index.file(0, 5_000, "000 acme a")
  expect(() => index.at(0, 5_000)).toThrow("before they were loaded")
})
