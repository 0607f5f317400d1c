/**
 * Owns: what an event costs a shard as the number of its keys grows: in memory, spilled, snapshotted.
 * Does not measure: routing, reading and appending, the bucket's server.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openSpillFile } from "../actors/spill/spill-file.ts"
import { SHARDS } from "../base/limits.ts"
import { below, seededRandom } from "../base/random.ts"
import { DiskStore } from "./disk-store.ts"
import { type Figure, figure } from "./harness.ts"
import { EVENTS_PER_MESSAGE, LoadedShard, timeAt } from "./state.load.ts"

export interface GrowthBench {
  readonly progress: (line: string) => void
  readonly keys?: readonly number[]
  readonly events?: number
}

const KEYS = [1_000, 100_000, 1_000_000]
const EVENTS = 200_000
const RUNS = 3
/** By event time, of one shard of sixteen. */
const EVENTS_PER_SECOND = 2_000

export async function benchGrowth({ progress, keys = KEYS, events = EVENTS }: GrowthBench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const each of keys) {
    const made = figure(`an event, ${each} keys in a shard`, "µs", await costs(each, events))
    progress(`${made.name}: ${made.value} ${made.unit} of processor time`)
    figures.push(made)
  }
  return figures
}

async function costs(keys: number, events: number): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"))
  let files = 0
  const openFile = () => openSpillFile(join(folder, `${files++}`))
  const store = new DiskStore(await openFile())
  // Its share of memory is that of one of sixteen.
  const shard = new LoadedShard(0, SHARDS, store, openFile)
  await shard.open()
  let taken = 0
  const take = async (posts: readonly number[]) => {
    await shard.take(posts, timeAt(taken, EVENTS_PER_SECOND))
    taken += posts.length
  }
  for (let from = 0; from < keys; from += EVENTS_PER_MESSAGE) {
    await take(Array.from({ length: Math.min(EVENTS_PER_MESSAGE, keys - from) }, (_, i) => from + i))
  }
  const random = seededRandom(3)
  const runs: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const before = process.cpuUsage()
    for (let from = 0; from < events; from += EVENTS_PER_MESSAGE) {
      await take(Array.from({ length: EVENTS_PER_MESSAGE }, () => below(random, keys)))
    }
    const { user, system } = process.cpuUsage(before)
    runs.push((user + system) / events)
  }
  await shard.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
  return runs
}
