import { expect, test } from "vitest"
import type { Clock } from "../base/clock.ts"
import { Lease } from "./lease.ts"
import { MemoryStore } from "./memory/store.ts"
import { type Store, StoreAway } from "./store.ts"

function manualClock() {
  let nowMs = 1_000_000
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after: () => expect.fail("a lease sets no timer"),
  }
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { clock, pass }
}

function setUp() {
  const { clock, pass } = manualClock()
  const store = new MemoryStore({ clock })
  const terms = (holder: string, over: Store = store) => ({
    store: over,
    clock,
    key: "lease.lane.3",
    holder,
    ttlMs: 2_000,
  })
  return { store, pass, terms }
}

test("one holder at a time; the next one when it is released", async () => {
  const { terms } = setUp()
  const first = await Lease.claim(terms("a"))
  expect(first?.held).toBe(true)
  expect(await Lease.claim(terms("b"))).toBeUndefined()
  await first?.release()
  expect(first?.held).toBe(false)
  expect((await Lease.claim(terms("b")))?.held).toBe(true)
})

test("a lease that is renewed lasts, one that is not lapses for its holder and for the bucket", async () => {
  const { terms, pass } = setUp()
  const lease = (await Lease.claim(terms("a")))!
  pass(1_500)
  expect(await lease.renew()).toBe(true)
  pass(1_500)
  expect(lease.held).toBe(true)
  pass(500)
  expect(lease.held).toBe(false)
  expect((await Lease.claim(terms("b")))?.held).toBe(true)
  expect(await lease.renew()).toBe(false)
})

test("a holder that slept through its expiry neither renews nor releases its successor's lease", async () => {
  const { terms, pass, store } = setUp()
  const lease = (await Lease.claim(terms("a")))!
  pass(2_001)
  await Lease.claim(terms("b"))
  await lease.release()
  expect(Buffer.from((await store.get("lease.lane.3"))!.value).toString()).toBe("b")
})

test("a renewal whose answer was lost does not lose the lease", async () => {
  const { terms, pass, store } = setUp()
  let lose = false
  const deaf: Store = {
    get: (key) => store.get(key),
    list: (prefix) => store.list(prefix),
    keys: (prefix) => store.keys(prefix),
    remove: (key, revision) => store.remove(key, revision),
    async put(key, value, options) {
      const revision = await store.put(key, value, options)
      if (lose) throw new StoreAway({ operation: `put ${key}`, reason: "the answer was lost" })
      return revision
    },
  }
  const lease = (await Lease.claim(terms("a", deaf)))!
  pass(500)
  lose = true
  await expect(lease.renew()).rejects.toThrow(StoreAway)
  lose = false
  pass(500)
  expect(await lease.renew()).toBe(true)
  pass(1_999)
  expect(lease.held).toBe(true)
})
