/** What every Store keeps to (K1–K3), run by the memory and the NATS version. */

import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { Conflict, type Entry, type Store, StoreFull, TTL_MS_MIN } from "./store.ts"

export interface StoreUnderTest {
  readonly store: Store
  /** Lets that much of the store's time go by. */
  elapse(ms: number): Promise<void>
  close(): Promise<void>
}

export interface StoreToOpen {
  /** What the bucket may hold, counted by the implementation in its own way. */
  readonly bytesMax: number
}

const MANY = 1_500
/** A server's timer may be this late (K3). */
const LATE_MS = 1_500
const STEP_MS = 100

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (entry: Entry | undefined) => (entry === undefined ? undefined : new TextDecoder().decode(entry.value))

export function storeContract(name: string, open: (wanted: StoreToOpen) => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let under: StoreUnderTest
    let store: Store

    beforeEach(async () => {
      under = await open({ bytesMax: 2 ** 20 })
      store = under.store
    })
    afterEach(() => under.close())

    const put = (key: string, value: string, options?: { revision?: number; ttlMs?: number }) =>
      store.put(key, bytes(value), options)
    const gone = async (key: string, withinMs: number) => {
      for (let waitedMs = 0; waitedMs < withinMs; waitedMs += STEP_MS) {
        if ((await store.get(key)) === undefined) return true
        await under.elapse(STEP_MS)
      }
      return (await store.get(key)) === undefined
    }

    test("a write is read back with its revision (K2)", async () => {
      const revision = await put("a.b", "one")
      const entry = await store.get("a.b")
      expect(entry).toMatchObject({ key: "a.b", revision })
      expect(text(entry)).toBe("one")
      expect(await store.get("a.c")).toBeUndefined()
    })

    test("an empty value is a value (K2)", async () => {
      await put("a", "")
      expect(text(await store.get("a"))).toBe("")
      expect((await store.list("")).map(({ key }) => key)).toEqual(["a"])
    })

    test("later writes have higher revisions, whatever their key", async () => {
      const revisions = [await put("a", "1"), await put("b", "1"), await put("a", "2"), await put("c", "1")]
      expect(revisions).toEqual(revisions.toSorted((x, y) => x - y))
      expect(new Set(revisions).size).toBe(4)
    })

    test("each of many reads after many writes sees the write (K2)", async () => {
      for (let i = 0; i < 50; i++) {
        await put("k", `${i}`)
        expect(text(await store.get("k"))).toBe(`${i}`)
      }
    })

    test("a compare-and-set succeeds on the revision it names, and on no other (K1)", async () => {
      const first = await put("k", "1")
      const second = await put("k", "2", { revision: first })
      await expect(put("k", "zombie", { revision: first })).rejects.toBeInstanceOf(Conflict)
      await expect(put("k", "zombie", { revision: 0 })).rejects.toBeInstanceOf(Conflict)
      await expect(put("k", "zombie", { revision: second + 100 })).rejects.toBeInstanceOf(Conflict)
      const entry = await store.get("k")
      expect(entry?.revision).toBe(second)
      expect(text(entry)).toBe("2")
    })

    test("revision 0 is a key that is not there: never was, or was removed (K1)", async () => {
      await put("k", "1", { revision: 0 })
      await expect(put("k", "2", { revision: 0 })).rejects.toBeInstanceOf(Conflict)
      await store.remove("k")
      expect(await store.get("k")).toBeUndefined()
      await put("k", "3", { revision: 0 })
      expect(text(await store.get("k"))).toBe("3")
      await expect(put("other", "1", { revision: 7 })).rejects.toBeInstanceOf(Conflict)
    })

    test("of many that want to be first exactly one is (K1)", async () => {
      for (const round of [1, 2]) {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, i) => put("lease", `${round} ${i}`, { revision: 0 })),
        )
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
        await store.remove("lease")
      }
    })

    test("a removal compares too, and removing nothing is done already (K1)", async () => {
      const first = await put("k", "1")
      const second = await put("k", "2")
      await expect(store.remove("k", first)).rejects.toBeInstanceOf(Conflict)
      expect(text(await store.get("k"))).toBe("2")
      await store.remove("k", second)
      expect(await store.get("k")).toBeUndefined()
      await store.remove("k")
      await store.remove("never")
      await expect(store.remove("never", 3)).rejects.toBeInstanceOf(Conflict)
    })

    test("a write with a time to live is there until then, and then gone (K3)", async () => {
      await put("lease", "mine", { ttlMs: TTL_MS_MIN })
      await put("kept", "for good")
      await under.elapse(TTL_MS_MIN / 2)
      expect(text(await store.get("lease"))).toBe("mine")
      expect(await gone("lease", TTL_MS_MIN / 2 + LATE_MS)).toBe(true)
      expect((await store.list("")).map(({ key }) => key)).toEqual(["kept"])
    })

    test("each write sets the time to live anew, by compare-and-set too (K3)", async () => {
      let revision = await put("lease", "0", { ttlMs: TTL_MS_MIN, revision: 0 })
      for (let i = 1; i <= 4; i++) {
        await under.elapse(TTL_MS_MIN / 2)
        revision = await put("lease", `${i}`, { ttlMs: TTL_MS_MIN, revision })
      }
      expect(text(await store.get("lease"))).toBe("4")
      expect(await gone("lease", TTL_MS_MIN + LATE_MS)).toBe(true)
    })

    test("a time to live that is no whole second is never cut short (K3)", async () => {
      await put("lease", "mine", { ttlMs: 1_900 })
      await under.elapse(1_700)
      expect(text(await store.get("lease"))).toBe("mine")
    })

    test("a write without a time to live keeps a lease for good (K3)", async () => {
      await put("lease", "1", { ttlMs: TTL_MS_MIN })
      await put("lease", "2")
      expect(await gone("lease", TTL_MS_MIN + LATE_MS)).toBe(false)
    })

    test("whoever comes after an expired lease is first, and the old revision is worth nothing (K1, K3)", async () => {
      const old = await put("lease", "a", { ttlMs: TTL_MS_MIN, revision: 0 })
      expect(await gone("lease", TTL_MS_MIN + LATE_MS)).toBe(true)
      await expect(put("lease", "zombie", { ttlMs: TTL_MS_MIN, revision: old })).rejects.toBeInstanceOf(Conflict)
      const next = await put("lease", "b", { ttlMs: TTL_MS_MIN, revision: 0 })
      expect(next).toBeGreaterThan(old)
      await expect(put("lease", "zombie", { revision: old })).rejects.toBeInstanceOf(Conflict)
    })

    test("a list is of the prefix itself and what lies below it, oldest write first", async () => {
      for (const key of ["a.b", "a", "ab", "a.c.d", "b.a", "a.b"]) await put(key, key)
      const keys = async (prefix: string) => (await store.list(prefix)).map(({ key }) => key)
      expect(await keys("a")).toEqual(["a", "a.c.d", "a.b"])
      expect(await keys("a.c")).toEqual(["a.c.d"])
      expect(await keys("")).toEqual(["a", "ab", "a.c.d", "b.a", "a.b"])
      expect(await keys("nothing")).toEqual([])
    })

    test("the keys of a list are asked for without their values, and none that was removed is among them", async () => {
      for (const key of ["a.b", "a", "ab", "a.c.d", "b.a", "a.b"]) await put(key, key)
      await store.remove("a.c.d")
      const keys = async (prefix: string) => [...(await store.keys(prefix))].sort()
      expect(await keys("a")).toEqual(["a", "a.b"])
      expect(await keys("")).toEqual(["a", "a.b", "ab", "b.a"])
      expect(await keys("nothing")).toEqual([])
    })

    test("a list has each key once, at its newest, and none that was removed (K2)", async () => {
      for (let i = 0; i < 5; i++) await put("p.x", `${i}`)
      const revision = await put("p.y", "there")
      await put("p.z", "gone")
      await store.remove("p.z")
      const list = await store.list("p")
      expect(list.map(({ key }) => key)).toEqual(["p.x", "p.y"])
      expect(list[1]).toMatchObject({ key: "p.y", revision })
      expect(list.map(text)).toEqual(["4", "there"])
    })

    test(`a list of ${MANY} keys is whole`, async () => {
      await Promise.all(Array.from({ length: MANY }, (_, i) => put(`many.${i}`, `${i}`)))
      const list = await store.list("many")
      expect(new Set(list.map(({ key }) => key)).size).toBe(MANY)
    })

    test("a list taken while keys are written misses none that stayed as they were (K2)", async () => {
      for (let i = 0; i < 300; i++) await put(`quiet.${i}`, "x")
      const writing = Array.from({ length: 300 }, (_, i) => put(`quiet.busy.${i % 10}`, `${i}`))
      const lists = await Promise.all([store.list("quiet"), store.list("quiet"), store.list("quiet")])
      await Promise.all(writing)
      for (const list of lists) {
        expect(list.filter(({ key }) => !key.startsWith("quiet.busy"))).toHaveLength(300)
      }
    })

    test("a full bucket refuses and keeps what it has; what is removed makes room", async () => {
      const small = await open({ bytesMax: 10_000 })
      try {
        const big = new Uint8Array(4_000)
        await small.store.put("a", big)
        await small.store.put("b", big)
        await expect(small.store.put("c", big)).rejects.toBeInstanceOf(StoreFull)
        expect((await small.store.list("")).map(({ key }) => key)).toEqual(["a", "b"])
        await small.store.remove("b")
        await small.store.put("c", big)
      } finally {
        await small.close()
      }
    })

    test.each(["", "a..b", ".a", "a.", "a b", "a.*", "a.>", "ä"])("%j is no key", async (key) => {
      await expect(put(key, "x")).rejects.toThrow("not a key")
      await expect(store.get(key)).rejects.toThrow("not a key")
    })

    test("a time to live below the least is a bug", async () => {
      await expect(put("k", "x", { ttlMs: TTL_MS_MIN - 1 })).rejects.toThrow("a time to live is at least")
    })
  })
}
