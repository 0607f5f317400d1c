import { expect, test } from "vitest"
import { SPILL_RECORD_BYTES_MAX, SPILL_SEGMENT_BYTES } from "../../base/limits.ts"
import { below, chance, pick, type Random, seededRandom } from "../../base/random.ts"
import { MemorySpillFile } from "./memory-file.ts"
import { PlaceIndex } from "./place-index.ts"
import { Spill } from "./spill.ts"
import type { SpillFile } from "./spill-file.ts"

function bytesOf(random: Random, most: number): Uint8Array {
  const bytes = new Uint8Array(below(random, most))
  return bytes.fill(random.uint32())
}

async function settled(spill: Spill): Promise<void> {
  if (spill.pressed) await spill.settle()
}

test("an index of places answers as a multimap does, however prints meet and whatever is removed", () => {
  const random = seededRandom(3)
  const index = new PlaceIndex()
  const model = new Map<number, Map<number, number>>()
  for (let i = 1; i <= 20_000; i++) {
    const print = pick(random, [0, 1, 0xffffffff, below(random, 64) * 0x3ffffff, random.uint32()])
    const places = model.get(print) ?? new Map<number, number>()
    model.set(print, places)
    const [place] = places.keys()
    if (place !== undefined && chance(random, 0.55)) {
      index.remove(print, place)
      places.delete(place)
    } else {
      index.add(print, i, i % 60_000)
      places.set(i, i % 60_000)
    }
  }
  for (const [print, places] of model) {
    expect(new Map([...index.under(print)].map(([place, units]) => [place, units]))).toEqual(places)
    expect(index.hasAny(print)).toBe(places.size > 0)
  }
  expect(index.size).toBe([...model.values()].reduce((sum, { size }) => sum + size, 0))
})

test.each([
  ["all names have prints of their own", undefined],
  ["many names have the same print", (name: string) => name.length * 7],
])("what is put is there until it is taken (S1): %s", async (_, print) => {
  const random = seededRandom(11)
  const spill = new Spill({ file: new MemorySpillFile(), ...(print === undefined ? {} : { print }) })
  const model = new Map<string, Uint8Array>()
  const names = Array.from({ length: 300 }, (_each, i) => `${"n".repeat(i % 40)} ${i} ä`)
  for (let round = 0; round < 2_000; round++) {
    const some = new Set(Array.from({ length: 1 + below(random, 8) }, () => pick(random, names)))
    for (const name of some) {
      const expected = model.get(name)
      const found = spill.peek(name)
      expect(found && Buffer.from(found)).toEqual(expected && Buffer.from(expected))
      if (expected !== undefined) continue
      model.set(name, bytesOf(random, 9_000))
      expect(spill.put(name, model.get(name)!)).toBe(true)
    }
    for (const name of some) {
      if (chance(random, 0.4)) continue
      expect(Buffer.from(spill.take(name)!).equals(model.get(name)!)).toBe(true)
      model.delete(name)
    }
    spill.compact()
    await settled(spill)
  }
  expect(spill.size).toBe(model.size)
  await spill.close()
})

test("the file stays about twice as large as what is alive in it (S2)", async () => {
  const spill = new Spill({ file: new MemorySpillFile() })
  const bytes = new Uint8Array(4_000)
  const LIVE = 4_000
  for (let i = 0; i < LIVE; i++) {
    spill.put(`${i}`, bytes)
    await settled(spill)
  }
  for (let i = 0; i < 30_000; i++) {
    const name = `${(i * 7_919) % LIVE}`
    spill.take(name)
    spill.put(name, bytes)
    spill.compact()
    await settled(spill)
  }
  expect(spill.size).toBe(LIVE)
  expect(spill.bytes).toBeLessThan(2 * LIVE * 4_032 + 3 * SPILL_SEGMENT_BYTES)
})

test("what is too large for a record is refused", () => {
  const spill = new Spill({ file: new MemorySpillFile() })
  expect(spill.put("large", new Uint8Array(SPILL_RECORD_BYTES_MAX))).toBe(false)
  expect(spill.mayHave("large")).toBe(false)
})

test("a disk that fails is said by whoever comes next, and nothing is taken for missing", async () => {
  const file = new MemorySpillFile()
  const failing: SpillFile = {
    read: (into, at) => file.read(into, at),
    write: () => Promise.reject(new Error("no space left")),
    close: () => file.close(),
  }
  const spill = new Spill({ file: failing })
  for (let i = 0; i < 50; i++) spill.put(`${i}`, new Uint8Array(10_000))
  await expect(spill.settle()).rejects.toThrow("no space left")
  expect(() => spill.put("next", new Uint8Array(1))).toThrow("no space left")
})
