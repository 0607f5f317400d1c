import fc from "fast-check"
import { expect, test } from "vitest"
import { seededRandom } from "../base/random.ts"
import type { FrameHead } from "../streams/frame.ts"
import { INGEST, shardsStream } from "../streams/names.ts"
import type { Store } from "../streams/store.ts"
import { comparePoints } from "./point.ts"
import { Cluster, type Sale } from "./testing/cluster.ts"
import { lossyLog } from "./testing/lossy-log.ts"

const SHOPS = ["a", "b", "c", "d", "e"]
const TOWNS = ["north", "south"]

/** Times around `now`, in order: none is late. */
function sales(seed: number, count: number, now: number): readonly Sale[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, i) => ({
    id: `${seed}-${i}`,
    shop: SHOPS[random.uint32() % SHOPS.length]!,
    town: TOWNS[random.uint32() % TOWNS.length]!,
    price: (random.uint32() % 1_000) / 100,
    time: now + i,
  }))
}

function expected(all: readonly Sale[]): ReadonlyMap<string, readonly [number, number]> {
  const cents = new Map<string, readonly [number, number]>()
  for (const { shop, town, price } of all) {
    const key = `${shop}/${town}`
    const [sold, revenue] = cents.get(key) ?? [0, 0]
    cents.set(key, [sold + 1, revenue + Math.round(price * 100)])
  }
  return cents
}

async function expectTotals(cluster: Cluster, all: readonly Sale[]): Promise<void> {
  const rows = [...(await cluster.view("shops_totals"))].map(([key, [sold, revenue]]) => {
    return [key, [sold, Math.round(Number(revenue) * 100)]] as const
  })
  expect(new Map(rows)).toEqual(expected(all))
}

/** A1: by shard, every frame stands on the one before it. */
function expectChains(heads: readonly FrameHead[]): void {
  const last = new Map<number, FrameHead>()
  for (const head of heads) {
    const before = last.get(head.shard)
    expect(head.n).toBe((before?.n ?? 0) + 1)
    if (before !== undefined) {
      expect(comparePoints(head.from, before.to)).toBe(0)
      expect(head.epoch).toBeGreaterThanOrEqual(before.epoch)
    }
    last.set(head.shard, head)
  }
}

test("events become totals, windows close by ticks, what closes comes back through the loop; then nothing is written", async () => {
  const cluster = new Cluster()
  const engine = await cluster.runner("one")
  await engine.start()
  const all = sales(1, 400, cluster.clock.now())
  await cluster.publish(all)
  await cluster.elapse(1_000)
  await expectTotals(cluster, all)
  await cluster.elapse(150_000, 100)
  const windows = await cluster.view("shops_1m")
  expect([...windows.values()].every(([closed]) => closed === true)).toBe(true)
  const towns = [...(await cluster.view("towns_totals"))]
  expect(towns.reduce((sum, [, [, sold]]) => sum + Number(sold), 0)).toBe(all.length)
  const [ingest, shards] = [await cluster.log.bounds(INGEST), await cluster.log.bounds(shardsStream(1))]
  const frames = (await cluster.frames()).length
  await cluster.elapse(120_000, 1_000)
  expect(await cluster.log.bounds(INGEST)).toEqual(ingest)
  expect(await cluster.log.bounds(shardsStream(1))).toEqual(shards)
  expect((await cluster.frames()).length).toBe(frames)
  expect(cluster.failures).toEqual([])
  await engine.leave()
})

test("A1 A6 whatever is lost, unanswered or full on the way: every event counts once, and the counts add up", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const cluster = new Cluster(3)
      const faults = { lost: 0.05, unanswered: 0.05, full: 0.05 }
      const engine = await cluster.runner("one", { log: lossyLog(cluster.log, seededRandom(seed), faults) })
      await engine.start()
      const all: Sale[] = []
      for (let i = 0; i < 6; i++) {
        const some = sales(seed * 10 + i, 60, cluster.clock.now())
        await cluster.publish(some)
        all.push(...some)
        await cluster.elapse(300)
      }
      await cluster.elapse(15_000, 50)
      await expectTotals(cluster, all)
      expectChains(await cluster.heads())
      const counts = (await cluster.newestHeads()).map((head) => head.counts)
      const sum = (of: keyof FrameHead["counts"]) => counts.reduce((total, each) => total + each[of], 0)
      expect(sum("applied") + sum("late") + sum("dead")).toBe(sum("delivered"))
      expect(sum("delivered")).toBe(all.length)
      expect(cluster.failures).toEqual([])
      await engine.leave()
    }),
    { numRuns: 15 },
  )
})

test("a planned end hands over: the next runner goes on where it stopped, and nothing counts twice", async () => {
  const cluster = new Cluster()
  const first = await cluster.runner("one")
  await first.start()
  const before = sales(1, 200, cluster.clock.now())
  await cluster.publish(before)
  await cluster.elapse(100)
  const second = await cluster.runner("two")
  await second.start()
  await cluster.elapse(3_000)
  expect(first.held.length).toBeGreaterThan(0)
  expect(second.held.length).toBeGreaterThan(0)
  const left = first.leave()
  await cluster.elapse(2_000)
  await left
  expect(second.held).toHaveLength(17 + cluster.shards)
  const after = sales(2, 200, cluster.clock.now())
  await cluster.publish(after)
  await cluster.elapse(1_000)
  await expectTotals(cluster, [...before, ...after])
  expectChains(await cluster.heads())
  expect(cluster.failures).toEqual([])
  await second.leave()
})

test("A4 a runner that sleeps is taken over; woken, it is refused, lets go, and may take part again", async () => {
  const cluster = new Cluster()
  let asleep = Promise.resolve()
  const control: Store = {
    get: async (key) => asleep.then(() => cluster.control.get(key)),
    put: async (key, value, options) => asleep.then(() => cluster.control.put(key, value, options)),
    remove: async (key, revision) => asleep.then(() => cluster.control.remove(key, revision)),
    keys: async (prefix) => asleep.then(() => cluster.control.keys(prefix)),
    list: async (prefix) => asleep.then(() => cluster.control.list(prefix)),
  }
  const sleeper = await cluster.runner("sleeper", { control })
  await sleeper.start()
  const before = sales(1, 100, cluster.clock.now())
  await cluster.publish(before)
  await cluster.elapse(500)
  const wake = Promise.withResolvers<void>()
  asleep = wake.promise
  const other = await cluster.runner("other")
  await other.start()
  await cluster.elapse(5_000)
  expect(other.held).toHaveLength(17 + cluster.shards)
  const meanwhile = sales(2, 100, cluster.clock.now())
  await cluster.publish(meanwhile)
  await cluster.elapse(500)
  wake.resolve()
  await cluster.elapse(6_000)
  const held = [...sleeper.held, ...other.held].map(({ kind, number }) => `${kind} ${number}`)
  expect(new Set(held).size).toBe(held.length)
  expect(held).toHaveLength(17 + cluster.shards)
  expect(sleeper.held.length).toBeGreaterThan(0)
  const after = sales(3, 100, cluster.clock.now())
  await cluster.publish(after)
  await cluster.elapse(1_000)
  await expectTotals(cluster, [...before, ...meanwhile, ...after])
  expectChains(await cluster.heads())
  expect(cluster.failures).toEqual([])
  await Promise.all([sleeper.leave(), other.leave(), cluster.elapse(3_000)])
})

test("other code than the generation began with is refused, with what can be done", async () => {
  const cluster = new Cluster()
  await cluster.runner("one")
  await expect(cluster.runner("two", { shards: 5 })).rejects.toThrow(
    /runs with other actors or events.*millrace reprocess/,
  )
})
