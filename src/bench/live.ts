/**
 * Owns: measuring the engine while events flow at a steady rate: how long from a publish until its frame can be read,
 * and for how long a shard stands still when a runner joins, leaves, or is killed. Not measured: a network, replicas.
 */

import { type Clock, sleep, systemClock } from "../base/clock.ts"
import { type Client, connect } from "../client/index.ts"
import { FrameReader } from "../streams/frame.read.ts"
import { outboxStream } from "../streams/names.ts"
import { routesOf } from "../streams/route/routes.ts"
import { viewsOf } from "../streams/views.ts"
import { type Figure, figure, percentile } from "./harness.ts"
import type { BenchServer } from "./nats-server.ts"
import { LOADS } from "./pipeline.load.ts"
import type { PipelineBench } from "./pipeline.ts"
import { RunnerProcess } from "./runner-process.ts"

const LOAD = "meters"
const KEYS = 20_000
const LATENCY_PER_SECOND = 10_000
const LATENCY_MS = 8_000
const WARM_UP_MS = 4_000
const RECOVERY_PER_SECOND = 20_000
/** After which everything has found its place again. */
const SETTLED_MS = 6_000

/** Publishes at a rate until it is told to stop; an event's value is when it was published. */
class Stream {
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(client: Client, clock: Clock, perSecond: number) {
    this.#done = this.#publish(client, clock, perSecond)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  async #publish(client: Client, clock: Clock, perSecond: number): Promise<void> {
    const from = clock.monotonicMs()
    const pending = new Set<Promise<unknown>>()
    for (let sent = 0; !this.#stop.signal.aborted; await sleep(clock, 1)) {
      for (const due = ((clock.monotonicMs() - from) / 1_000) * perSecond; sent < due; sent++) {
        const meterId = `k${(sent * 7_919) % KEYS}`
        const data = { meterId, value: clock.monotonicMs() }
        const receipt = client.publish({ type: "bench_up", key: meterId, data }).finally(() => pending.delete(receipt))
        pending.add(receipt)
      }
    }
    await Promise.all(pending)
  }
}

/** Reads the frames as they come. */
class Follower {
  /** Of rows: from the publish of the newest event in it until the frame was read. */
  latencies: number[] = []
  /** By shard: the longest time between two frames, as the server stamped them, and when the last one came. */
  readonly #pauses = new Map<number, { longest: number; last: number }>()
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(server: BenchServer, clock: Clock) {
    this.#done = this.#follow(server, clock)
  }

  /** Pauses are counted anew from here. */
  forget(): void {
    this.latencies = []
    for (const pause of this.#pauses.values()) pause.longest = 0
  }

  longestPause(): number {
    return Math.max(...this.#pauses.values().map(({ longest }) => longest))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  async #follow({ log }: BenchServer, clock: Clock): Promise<void> {
    const views = viewsOf(routesOf(LOADS[LOAD]!.definitions).actors)
    const totals = views.find(({ window }) => window === null)!.number
    const last = views[totals]!.columns.findIndex(({ name }) => name === "last")
    const reader = await log.read({ stream: outboxStream(1), from: 1 })
    while (!this.#stop.signal.aborted) {
      for (const { body, arrivedAt } of await reader.next(256, 100)) {
        const frame = new FrameReader(body)
        const now = clock.monotonicMs()
        let rows = 0
        for (const view of frame.views()) {
          if (view.view !== totals) continue
          for (const { values } of view.rows) {
            this.latencies.push(now - Number(values?.[last]))
            rows++
          }
        }
        if (rows > 0) this.#arrived(frame.head().shard, arrivedAt)
      }
    }
    await reader.close()
  }

  #arrived(shard: number, at: number): void {
    const pause = this.#pauses.get(shard) ?? { longest: 0, last: at }
    pause.longest = Math.max(pause.longest, at - pause.last)
    pause.last = at
    this.#pauses.set(shard, pause)
  }
}

export async function benchLatency(bench: PipelineBench): Promise<Figure[]> {
  const clock = bench.clock ?? systemClock
  return live(bench, LATENCY_PER_SECOND, 1, async ({ follower, runners }) => {
    await sleep(clock, WARM_UP_MS)
    follower.forget()
    const before = runners[0]!.progress!
    await sleep(clock, LATENCY_MS)
    const after = runners[0]!.progress!
    const cpuMs = (after.cpuMs - before.cpuMs) / (after.delivered - before.delivered)
    const at = `publish to committed frame at ${LATENCY_PER_SECOND}/s`
    return [
      told(bench, figure(`${at}, p50`, "ms", [percentile(follower.latencies, 0.5)])),
      told(bench, figure(`${at}, p99`, "ms", [percentile(follower.latencies, 0.99)])),
      told(bench, figure(`${at}, the runner's processor time`, "µs/event", [cpuMs * 1_000])),
    ]
  })
}

export async function benchRecovery(bench: PipelineBench): Promise<Figure[]> {
  const clock = bench.clock ?? systemClock
  return live(bench, RECOVERY_PER_SECOND, 2, async ({ follower, runners, start }) => {
    const pause = async (name: string, disturb: () => Promise<void>) => {
      await sleep(clock, SETTLED_MS)
      follower.forget()
      await disturb()
      await sleep(clock, SETTLED_MS)
      return told(
        bench,
        figure(`longest pause of a shard at ${RECOVERY_PER_SECOND}/s, ${name}`, "ms", [follower.longestPause()]),
      )
    }
    return [
      await pause("one of two runners is killed", async () => runners.pop()?.kill9()),
      await pause("a runner joins", async () => void runners.push(await start())),
      await pause("a runner leaves", async () => runners.pop()?.leave()),
    ]
  })
}

interface Live {
  readonly follower: Follower
  readonly runners: RunnerProcess[]
  readonly start: () => Promise<RunnerProcess>
}

async function live(
  bench: PipelineBench,
  perSecond: number,
  runnerCount: number,
  measure: (live: Live) => Promise<Figure[]>,
): Promise<Figure[]> {
  const clock = bench.clock ?? systemClock
  const server = await bench.startServer()
  const runners: RunnerProcess[] = []
  const start = async () => {
    const runner = new RunnerProcess(server.url, LOAD, bench)
    await runner.join()
    return runner
  }
  try {
    for (let i = 0; i < runnerCount; i++) runners.push(await start())
    const client = await connect({ url: server.url, name: "bench" })
    const follower = new Follower(server, clock)
    const stream = new Stream(client, clock, perSecond)
    const figures = await measure({ follower, runners, start })
    await stream.stop()
    await client.close()
    await follower.stop()
    return figures
  } finally {
    await Promise.all(runners.map((runner) => runner.leave()))
    await server.stop()
  }
}

function told(bench: PipelineBench, made: Figure): Figure {
  bench.progress(`${made.name}: ${made.value} ${made.unit}`)
  return made
}
