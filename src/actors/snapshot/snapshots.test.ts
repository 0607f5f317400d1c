import { expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { MemoryStore } from "../../streams/memory/store.ts"
import type { Store } from "../../streams/store.ts"
import { bytesOf, type Life, ShardLives, SMALL, undisturbed } from "../testing/shard-lives.ts"
import { shardLoad } from "../testing/shard-load.ts"
import { decodeManifest, namedBy } from "./manifest.ts"
import { epochOfKey, MissingValue, manifestKey } from "./values.ts"

const NEVER = {
  everyMs: Number.POSITIVE_INFINITY,
  deltaBytes: Number.POSITIVE_INFINITY,
  tailBytes: Number.POSITIVE_INFINITY,
}
const messages = shardLoad(21, { messages: 48, keys: 50, stepMs: 1_000 })
const later = shardLoad(22, { messages: 66, keys: 50, stepMs: 1_000 }).slice(48)

/** Counts what is read of values. */
class CountingStore extends MemoryStore {
  readonly read: string[] = []

  override get(key: string) {
    if (epochOfKey(0, key) !== undefined) this.read.push(key)
    return super.get(key)
  }
}

/** All that was sent is in the snapshot, too. */
async function worked(state: Store = new MemoryStore({ clock: systemClock }), sent = messages): Promise<ShardLives> {
  const lives = new ShardLives(state)
  await lives.send(sent)
  const life = lives.begin()
  await lives.finish(life)
  // An empty stretch of the lane that came last: nothing but a reason for another frame.
  const { lane, upto, watermarks } = sent.at(-1)!.at(-1)!
  for (let after = upto; life.machine().point.sequence > (await manifestOf(state)).point.sequence; ) {
    await lives.send([[{ lane, after, upto: after + 256, watermarks, segments: [] }]])
    after += 256
    await lives.finish(life)
  }
  await stop(life)
  return lives
}

async function stop(life: Life): Promise<void> {
  life.worker.stop()
  await life.ended
}

async function manifestOf(state: Store) {
  return decodeManifest((await state.get(manifestKey(0)))!.value)
}

const keysOf = (refs: ReturnType<typeof namedBy>) =>
  refs.flatMap(({ epoch, number, parts }) =>
    Array.from({ length: parts }, (_, part) => (part === 0 ? `0.${epoch}.${number}` : `0.${epoch}.${number}.${part}`)),
  )

test("a takeover reads deltas and what is beside instances, not the pages (Q1); one it needs is read once (G1)", async () => {
  const store = new CountingStore({ clock: systemClock })
  const lives = await worked(store)
  const manifest = await manifestOf(store)
  const pages = new Set(keysOf(manifest.pages))
  expect(pages.size).toBeGreaterThan(20)
  store.read.length = 0
  const life = lives.begin({ pace: NEVER, folding: SMALL })
  await life.caughtUp
  await life.kept.written()
  const others = keysOf([manifest.core!, ...manifest.deltas.flatMap(({ chunks }) => chunks)])
  expect(new Set(store.read)).toEqual(new Set(others))
  expect(life.kept.unreadPages).toBeGreaterThan(20)
  const { bytes } = undisturbed(messages)
  const [name] = [...bytes.keys()].slice(7)
  await life.residents().fetch([name!])
  expect(store.read.length - others.length).toBeLessThanOrEqual(1)
  await bytesOf(life.residents(), bytes.keys())
  await bytesOf(life.residents(), bytes.keys())
  const read = store.read.filter((key) => pages.has(key))
  expect(new Set(read).size).toBe(read.length)
  expect(life.kept.instances).toBe(bytes.size)
  await stop(life)
})

test("what is due in a page that nobody has read is done on time, as if it had been in memory", async () => {
  const lives = await worked()
  const life = lives.begin({ pace: NEVER, folding: SMALL })
  const all = shardLoad(21, { messages: 49, keys: 50, stepMs: 1_000 })
  const muchLater = all[48]!.map((section) => {
    const watermarks = section.watermarks.map((each) => each + 3_600_000)
    return { ...section, upto: section.upto + 256 * 1_000, segments: [], watermarks }
  })
  await lives.send([muchLater])
  await lives.finish(life)
  const reference = undisturbed([...messages, muchLater])
  expect(await bytesOf(life.residents(), reference.bytes.keys())).toEqual(reference.bytes)
  await stop(life)
})

test("nothing is left in the bucket but what the manifest names, once a crash's leavings were swept (N1)", async () => {
  const store = new MemoryStore({ clock: systemClock })
  const lives = await worked(store)
  await store.put("0.1.99999", new Uint8Array(3))
  await store.put("0.1.99998.1", new Uint8Array(3))
  await store.put("1.1.5", new Uint8Array(3))
  const life = lives.begin({ pace: NEVER })
  await life.caughtUp
  await life.kept.written()
  const manifest = await manifestOf(store)
  expect((await store.keys("0")).toSorted()).toEqual([manifestKey(0), ...keysOf(namedBy(manifest))].toSorted())
  expect(await store.keys("1")).toEqual(["1.1.5"])
  await stop(life)
})

test("a snapshot that is kept stays whole while others follow, and goes when it is released (N1)", async () => {
  const store = new MemoryStore({ clock: systemClock })
  const lives = await worked(store)
  const life = lives.begin()
  await life.caughtUp
  await life.kept.written()
  await life.kept.snapshots.keep("savepoint")
  const kept = await manifestOf(store)
  await lives.send(later)
  await lives.finish(life)
  await stop(life)
  const next = lives.begin()
  await next.caughtUp
  await next.kept.written()
  for (const key of keysOf(namedBy(kept))) expect(await store.get(key), key).toBeDefined()
  await next.kept.snapshots.release("savepoint")
  const manifest = await manifestOf(store)
  expect((await store.keys("0")).toSorted()).toEqual([manifestKey(0), ...keysOf(namedBy(manifest))].toSorted())
  await stop(next)
})

test("a value that is named and missing is an error, never an empty instance (V2)", async () => {
  const store = new MemoryStore({ clock: systemClock })
  const lives = await worked(store)
  const { pages, core } = await manifestOf(store)
  for (const key of keysOf(pages.filter(({ parts }) => parts > 0))) await store.remove(key)
  const life = lives.begin({ pace: NEVER })
  await life.caughtUp
  await expect(bytesOf(life.residents(), undisturbed(messages).bytes.keys())).rejects.toThrow(MissingValue)
  await stop(life)
  for (const key of keysOf([core!])) await store.remove(key)
  await expect(lives.begin().ended).rejects.toThrow(MissingValue)
})

test("an instance larger than a page, and than a value of the bucket, comes back whole", async () => {
  const sensor = (value: number, index: number) => ({
    type: 0,
    index,
    time: 1_767_225_600_000 + index,
    inputs: [{ sensorId: "s", metric: "x".repeat(40_000), value, unit: "C" }],
  })
  const groups = [
    { actor: 3, tenant: "acme", key: "s", stamp: null, records: Array.from({ length: 20 }, (_, i) => sensor(i, i)) },
  ]
  const segment = { place: 512, stamp: Number.NEGATIVE_INFINITY, arrivedAt: 1, groups, rejected: [], facts: [] }
  const wide = [[{ lane: 0, after: 256, upto: 768, watermarks: [Number.NEGATIVE_INFINITY], segments: [segment] }]]
  const lives = await worked(new MemoryStore({ clock: systemClock }), wide)
  const life = lives.begin({ pace: NEVER })
  await life.caughtUp
  const { bytes } = undisturbed(wide)
  expect([...bytes.values()][0]!.length).toBeGreaterThan(800_000)
  expect(await bytesOf(life.residents(), bytes.keys())).toEqual(bytes)
  await stop(life)
})
