import fc from "fast-check"
import { expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { REBALANCE_AFTER_MS, SESSION_ROUND_MS, SESSION_TTL_MS } from "../base/limits.ts"
import { MemoryStore } from "../streams/memory/store.ts"
import { type Item, type Member, Membership, wanted } from "./membership.ts"

const counts = { lane: 17, shard: 16 }
const nameOf = ({ kind, number }: Item) => `${kind} ${number}`
const here = (...ids: string[]): Member[] => ids.map((id) => ({ id, leaving: false }))

test("a runner alone wants everything, and lets go of nothing", () => {
  const { claim, release } = wanted(here("a"), "a", counts, () => false)
  expect(claim).toHaveLength(33)
  expect(release).toEqual([])
})

test("who leaves wants nothing and lets go of all it holds, also when nobody else is there", () => {
  const { claim, release } = wanted([{ id: "a", leaving: true }], "a", counts, () => true)
  expect(claim).toEqual([])
  expect(release).toHaveLength(33)
})

test("everything is wanted by exactly one of those who stay, and let go of by all others", () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(ids, fc.nat({ max: 6 }), (names, leaving) => {
      const members = names.map((id, i) => ({ id, leaving: i >= 1 && i <= leaving && i < names.length }))
      const claimed = names.flatMap((id) => wanted(members, id, counts, () => false).claim.map(nameOf))
      expect(claimed).toHaveLength(33)
      expect(new Set(claimed).size).toBe(33)
      for (const { id, leaving: leaves } of members) {
        const { claim, release } = wanted(members, id, counts, () => true)
        expect(claim).toEqual([])
        if (leaves) expect(release).toHaveLength(33)
      }
      const kept = names.flatMap((id) => {
        const released = new Set(wanted(members, id, counts, () => true).release.map(nameOf))
        return claimed.filter((name) => !released.has(name))
      })
      expect(kept).toHaveLength(33)
    }),
  )
})

function cluster() {
  const clock = new ManualClock()
  const store = new MemoryStore({ clock })
  const join = (id: string) => new Membership({ store, clock, generation: 1, counts, id })
  return { clock, store, join }
}
async function showFor(clock: ManualClock, member: Membership, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += SESSION_ROUND_MS) {
    await clock.elapse(SESSION_ROUND_MS)
    await member.show()
  }
}

const shard: Item = { kind: "shard", number: 3 }

test("M1 a lease is one runner's until it gives it up, or is gone", async () => {
  const { clock, join } = cluster()
  const [a, b] = [join("a"), join("b")]
  await a.show()
  await b.show()
  expect(await a.claim(shard)).toBe(true)
  expect(await b.claim(shard)).toBe(false)
  await a.release(shard)
  expect(await b.claim(shard)).toBe(true)
  await showFor(clock, a, SESSION_TTL_MS)
  expect(await a.claim(shard)).toBe(true)
  expect(await b.holds(shard)).toBe(false)
})

test("a claim whose answer was lost is known again", async () => {
  const { join } = cluster()
  const a = join("a")
  await a.show()
  await a.claim(shard)
  expect(await a.claim(shard)).toBe(true)
})

test("M2 after everybody was cut off, nobody takes another's lease before it could come back", async () => {
  const { clock, join } = cluster()
  const [a, b] = [join("a"), join("b")]
  await a.show()
  await b.show()
  await b.claim(shard)
  await clock.elapse(SESSION_TTL_MS * 3)
  expect(await a.show()).toBe(true)
  expect(await a.claim(shard)).toBe(false)
  expect(await b.show()).toBe(true)
  expect(await b.holds(shard)).toBe(true)
  await showFor(clock, a, SESSION_TTL_MS)
  expect(await a.claim(shard)).toBe(true)
})

test("M2 a lapse is told once", async () => {
  const { clock, join } = cluster()
  const a = join("a")
  expect(await a.show()).toBe(false)
  await clock.elapse(SESSION_TTL_MS)
  expect([await a.show(), await a.show()]).toEqual([true, false])
})

test("M3 nothing is let go of for the sake of balance while runners come and go", async () => {
  const { clock, join } = cluster()
  const [a, b] = [join("a"), join("b")]
  await a.show()
  await b.show()
  await a.show()
  expect(a.wanted(() => true).release).toEqual([])
  await showFor(clock, a, REBALANCE_AFTER_MS)
  expect(a.wanted(() => true).release.length).toBeGreaterThan(0)
  await b.gone()
  await a.show()
  expect(a.wanted(() => true).release).toEqual([])
})
