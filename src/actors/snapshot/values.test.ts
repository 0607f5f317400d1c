import { expect, test } from "vitest"
import { ManualClock } from "../../base/clock.manual.ts"
import { silentLogger } from "../../base/log.ts"
import { MemoryStore } from "../../streams/memory/store.ts"
import { Fenced } from "../outbox.ts"
import { START_POINT } from "../point.ts"
import { emptyManifest, encodeManifest } from "./manifest.ts"
import { MissingValue, manifestKey, Values } from "./values.ts"

const SHARD = 3

async function withManifestOf(epoch: number) {
  const clock = new ManualClock()
  const store = new MemoryStore({ clock })
  await store.put(manifestKey(SHARD), encodeManifest(emptyManifest(1, SHARD, epoch, START_POINT)))
  const ended = new AbortController().signal
  return { store, values: new Values({ store, clock, logger: silentLogger, shard: SHARD, ended }, 7) }
}

test("a value that its own manifest names and that is not there is an error, never an empty one (V2)", async () => {
  const { store, values } = await withManifestOf(7)
  const ref = await values.write(Uint8Array.of(1, 2, 3))
  expect(await values.read(ref)).toEqual(Uint8Array.of(1, 2, 3))
  for (const key of values.keysOf(ref)) await store.remove(key)
  await expect(values.read(ref)).rejects.toBeInstanceOf(MissingValue)
})

test("an old owner that meets what the next one removed learns that it is fenced, and nothing is taken for lost", async () => {
  const { store, values } = await withManifestOf(8)
  const ref = await values.write(Uint8Array.of(1, 2, 3))
  for (const key of values.keysOf(ref)) await store.remove(key)
  await expect(values.read(ref)).rejects.toBeInstanceOf(Fenced)
})
