/**
 * A runner in a process of its own, for benchmarks: `node runner.child.ts <nats url> <load> [keeps] [report every ms]`. Says
 * over its channel how far it is; joins when it is told to, leaves on SIGTERM.
 */

import { tmpdir } from "node:os"
import { makeEngine } from "../actors/engine.ts"
import { assert } from "../base/assert.ts"
import { systemClock } from "../base/clock.ts"
import { OUT_OF_ORDER_MS, SHARDS } from "../base/limits.ts"
import { jsonLogger } from "../base/log.ts"
import { systemRandom } from "../base/random.ts"
import { registryOf } from "../define/registry.ts"
import { keptInBucket } from "../runner.state.ts"
import { CONTROL_BUCKET, stateBucket } from "../streams/names.ts"
import { openNatsLog } from "../streams/nats/log.ts"
import { openNatsStore } from "../streams/nats/store.ts"
import { connectNats } from "../wire/nats/connection.ts"
import { LOADS } from "./pipeline.load.ts"
import type { RunnerSays } from "./runner-process.ts"

const [url = "", name = "", keeps = "", everyMs = "100"] = process.argv.slice(2)
const load = LOADS[name]
assert(load !== undefined, `there is no load ${name}`)
const clock = systemClock
const logger = jsonLogger({ level: "warn" })
const connection = await connectNats({ url, name: "bench-runner", logger })
const log = await openNatsLog({ connection, clock, logger })
const control = await openNatsStore({ connection, clock, bucket: CONTROL_BUCKET })
const state = await openNatsStore({ connection, clock, bucket: stateBucket(1) })

let delivered = 0
let frames = 0
let bytes = 0
let takenOver = 0
let startedAtMs = clock.monotonicMs()
let lastAtMs = startedAtMs
let cpuAtStart = process.cpuUsage()
const id = `bench${systemRandom.uint32().toString(36)}`
const engine = await makeEngine({
  generation: {
    number: 1,
    shards: SHARDS,
    outOfOrderMs: OUT_OF_ORDER_MS,
    definitions: load.definitions,
    registry: registryOf(load.events),
  },
  ...{ log, control, state, clock, logger },
  id,
  ...(keeps === "keeps" ? { makeKept: keptInBucket(tmpdir(), id, SHARDS) } : {}),
  watched: [],
  keepsFacts: () => false,
  guarded: false,
  observe: {
    committed(_, committed) {
      delivered += committed.head.counts.delivered - committed.before.counts.delivered
      frames++
      bytes += committed.bytes
      lastAtMs = clock.monotonicMs()
    },
    takenOver: () => void takenOver++,
  },
  onFailed(error) {
    logger.error("the runner failed", { error })
    process.exit(1)
  },
})

const say = (message: RunnerSays) => process.connected && process.send?.(message)
const report = () => {
  const rssBytes = process.resourceUsage().maxRSS * 1_024
  const { user, system } = process.cpuUsage(cpuAtStart)
  const cpuMs = (user + system) / 1_000
  say({ kind: "progress", delivered, frames, bytes, takenOver, cpuMs, tookMs: lastAtMs - startedAtMs, rssBytes })
  clock.after(Number(everyMs), report)
}
process.on("message", async () => {
  startedAtMs = clock.monotonicMs()
  cpuAtStart = process.cpuUsage()
  await engine.start()
  report()
})
const end = async () => {
  await engine.leave()
  await log.close()
  await connection.close()
  process.exit(0)
}
process.on("SIGTERM", end)
process.on("disconnect", end)
say({ kind: "ready" })
