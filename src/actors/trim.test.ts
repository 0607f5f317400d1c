import { expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { MemoryLog } from "../streams/memory/log.ts"
import { MemoryStore } from "../streams/memory/store.ts"
import { shardSubject, shardsStream } from "../streams/names.ts"
import { planTopology } from "../streams/topology.ts"
import { emptyManifest, encodeManifest } from "./snapshot/manifest.ts"
import { manifestKey } from "./snapshot/values.ts"
import { lowestNeeded, trimShards } from "./trim.ts"

const at = (sequence: number, step = 0) => ({ sequence, step })

test("what any shard would read again stays, and a shard that never wrote a snapshot needs all of it", () => {
  expect(lowestNeeded([at(7), at(5, 3), at(9)])).toBe(5)
  expect(lowestNeeded([at(7), undefined])).toBe(1)
})

test("the stream is trimmed below the lowest point of all shards, and not twice", async () => {
  const clock = new ManualClock()
  const { streams } = planTopology({ generation: 3, diskBytes: 2 ** 30, replicas: 1 })
  const log = new MemoryLog({ clock, streams })
  const state = new MemoryStore({ clock })
  for (let i = 0; i < 10; i++) await log.append({ subject: shardSubject(3, i % 2), body: new Uint8Array(1) })
  const terms = { log, state, generation: 3, shards: 2 }
  const first = async () => (await log.bounds(shardsStream(3))).first
  await state.put(manifestKey(0), encodeManifest(emptyManifest(3, 0, 1, at(8, 2))))
  expect([await trimShards(terms), await first()]).toEqual([1, 1])
  await state.put(manifestKey(1), encodeManifest(emptyManifest(3, 1, 4, at(5))))
  expect([await trimShards(terms), await first()]).toEqual([5, 5])
  expect([await trimShards(terms), await first()]).toEqual([5, 5])
  await state.put(manifestKey(1), encodeManifest(emptyManifest(3, 1, 4, at(11))))
  await state.put(manifestKey(0), encodeManifest(emptyManifest(3, 0, 1, at(12))))
  expect([await trimShards(terms), await first()]).toEqual([11, 11])
})
