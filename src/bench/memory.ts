/**
 * Owns: what a runner's process takes in memory with five million instances, a tenth of which have traffic.
 * Does not measure: what servers take, or the page cache that the kernel may use for local files.
 */

import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { openSpillFile } from "../actors/spill/spill-file.ts"
import { assert } from "../base/assert.ts"
import { RUNNER_NODE_FLAGS, SHARDS } from "../base/limits.ts"
import { below, seededRandom } from "../base/random.ts"
import { DiskStore } from "./disk-store.ts"
import { type Figure, figure } from "./harness.ts"
import { EVENTS_PER_MESSAGE, LoadedShard, timeAt } from "./state.load.ts"

export interface MemoryBench {
  readonly progress: (line: string) => void
  readonly instances: number
  readonly shards: number
}

type Says = { readonly line: string } | { readonly figures: readonly Figure[] }

/** The same in a clone and in the package. */
const CHILD = fileURLToPath(import.meta.url).replace("memory.", "memory.child.")

/** In a process of its own: this one has had other things in its memory. */
export async function benchMemory({ progress }: Pick<MemoryBench, "progress">): Promise<Figure[]> {
  const child = fork(CHILD, [String(INSTANCES), String(SHARDS)], { execArgv: [...RUNNER_NODE_FLAGS] })
  const exited = once(child, "exit")
  const kill = () => void child.kill("SIGKILL")
  process.once("exit", kill)
  const figures: Figure[] = []
  child.on("message", (says: Says) => {
    if ("line" in says) progress(says.line)
    else {
      figures.push(...says.figures)
      child.disconnect()
    }
  })
  await exited
  process.removeListener("exit", kill)
  assert(figures.length > 0, "the process that is measured says what it took")
  return figures
}

const INSTANCES = 5_000_000
const TRAFFIC_PART = 0.1
/** So fast do events come by event time: how many instances have open windows at once. */
const EVENTS_PER_SECOND = 20_000
const MIB = 1_048_576

/** All of it happens in this process. */
export async function measureMemory({ progress, instances, shards: count }: MemoryBench): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"))
  let files = 0
  const openFile = () => openSpillFile(join(folder, `${files++}`))
  const store = new DiskStore(await openFile())
  const shards = Array.from({ length: count }, (_, shard) => new LoadedShard(shard, count, store, openFile))
  for (const shard of shards) await shard.open()
  const each = Math.ceil(instances / count)
  let events = 0
  const rss = { most: 0 }
  const take = async (postsOf: (from: number, to: number) => readonly number[], posts: number, what: string) => {
    const before = process.cpuUsage()
    let told = 0
    for (let from = 0; from < posts; from += EVENTS_PER_MESSAGE) {
      if (from - told > posts / 5) {
        told = from
        progress(`${Math.round((100 * from) / posts)} %, ${Math.round(process.memoryUsage.rss() / MIB)} MiB now`)
      }
      for (const shard of shards) {
        const to = Math.min(posts, from + EVENTS_PER_MESSAGE)
        await shard.take(postsOf(from, to), timeAt(events, EVENTS_PER_SECOND))
        events += to - from
      }
      rss.most = Math.max(rss.most, process.memoryUsage.rss())
    }
    const { user, system } = process.cpuUsage(before)
    const perEvent = (user + system) / (posts * count)
    progress(`${what}: ${Math.round(rss.most / MIB)} MiB at most, ${perEvent.toFixed(1)} µs of processor time an event`)
  }
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
  await take(range, each, `${instances} instances made`)
  const made = rss.most
  rss.most = 0
  const random = seededRandom(5)
  const active = Math.ceil(each * TRAFFIC_PART)
  const some = (from: number, to: number) => range(from, to).map(() => below(random, active) * (1 / TRAFFIC_PART))
  await take(some, active * 2, "a tenth of them with traffic")
  for (const shard of shards) await shard.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
  return [
    figure(`resident memory while ${instances} instances are made`, "MiB", [made / MIB]),
    figure("resident memory with traffic on a tenth of them", "MiB", [rss.most / MIB]),
  ]
}
