/**
 * Owns: measuring the engine: events that are in the log already, until every frame is committed, and that the totals
 * are exact. Never: publishing rates (ingest.ts), projections. Not measured: a network, replicas.
 */

import type { Clock } from "../base/clock.ts"
import { systemClock } from "../base/clock.ts"
import type { Environment } from "../base/config.ts"
import { connect } from "../client/index.ts"
import { FrameReader } from "../streams/frame.read.ts"
import { outboxStream } from "../streams/names.ts"
import { routesOf } from "../streams/route/routes.ts"
import { viewsOf } from "../streams/views.ts"
import { type Figure, figure } from "./harness.ts"
import type { BenchServer } from "./nats-server.ts"
import { LOADS, type Load, type Tally, traffic } from "./pipeline.load.ts"
import { RunnerProcess } from "./runner-process.ts"

export interface PipelineBench {
  readonly startServer: () => Promise<BenchServer>
  readonly environment: Environment
  readonly progress: (line: string) => void
  readonly clock?: Clock
  /** For profiling: flags of the runner's process. */
  readonly execArgv?: readonly string[]
}

interface Case {
  readonly name: string
  readonly load: string
  readonly events: number
  readonly messages: "batched" | "single"
}

export const PIPELINE_CASES: readonly Case[] = [
  { name: "backlog, counts and a last value", load: "meters", events: 3_000_000, messages: "batched" },
  { name: "backlog, post_engagement", load: "post_engagement", events: 1_000_000, messages: "batched" },
  { name: "backlog, one event a message", load: "meters", events: 500_000, messages: "single" },
]

/** Event times of a backlog: some windows of a minute close on the way. */
const SPAN_MS = 600_000
const CALL_EVENTS = 500
const CALLS = 48

export async function benchPipeline(bench: PipelineBench, cases = PIPELINE_CASES): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const each of cases) figures.push(...(await drain(bench, each)))
  return figures
}

async function drain(bench: PipelineBench, { name, load: loadName, events, messages }: Case): Promise<Figure[]> {
  const load = LOADS[loadName]!
  const server = await bench.startServer()
  try {
    const clock = bench.clock ?? systemClock
    const tally: Tally = new Map()
    await publish(server.url, messages, traffic(load, events, clock.now(), SPAN_MS, tally))
    const runner = new RunnerProcess(server.url, loadName, bench)
    await runner.join()
    const { tookMs, cpuMs, rssBytes, frames, bytes } = await runner.until(({ delivered }) => delivered >= events)
    await runner.leave()
    const wrong = await wrongTotals(server, load, tally)
    bench.progress(
      `${name}: ${frames} frames of ${Math.round(bytes / frames)} bytes; ${wrong} of ${tally.size} totals are wrong`,
    )
    return [
      told(bench, figure(name, "events/s", [(events / tookMs) * 1_000])),
      told(bench, figure(`${name}, the runner's processor time`, "µs/event", [(cpuMs * 1_000) / events])),
      told(bench, figure(`${name}, peak memory`, "MiB", [rssBytes / 1_048_576])),
      told(bench, figure(`${name}, wrong totals`, "keys", [wrong])),
    ]
  } finally {
    await server.stop()
  }
}

async function publish(url: string, messages: Case["messages"], events: ReturnType<typeof traffic>): Promise<void> {
  const client = await connect({ url, messages, name: "bench" })
  const caller = async () => {
    for (;;) {
      const some = nextOf(events, CALL_EVENTS)
      if (some.length === 0) return
      await client.publishAll(some)
    }
  }
  await Promise.all(Array.from({ length: CALLS }, caller))
  await client.close()
}

/** The iterator's own `take` would end it. */
function nextOf<T>(iterator: Iterator<T>, count: number): T[] {
  const some: T[] = []
  while (some.length < count) {
    const { done, value } = iterator.next()
    if (done === true) break
    some.push(value)
  }
  return some
}

/** Reads every frame, keeps the newest total of each key, and compares it with what was sent. */
export async function wrongTotals({ log }: BenchServer, load: Load, tally: Tally): Promise<number> {
  const views = viewsOf(routesOf(load.definitions).actors)
  const totals = new Set(views.filter(({ window }) => window === null).map(({ number }) => number))
  const { first, last } = await log.bounds(outboxStream(1))
  const reader = await log.read({ stream: outboxStream(1), from: first })
  const newest = new Map<string, readonly unknown[]>()
  for (let upto = first - 1; upto < last; upto = reader.upto) {
    for (const { body } of await reader.next(256, 1_000)) {
      for (const { view, rows } of new FrameReader(body).views()) {
        if (!totals.has(view)) continue
        for (const { tenant, key, values } of rows) newest.set(`${tenant}/${key}`, values ?? [])
      }
    }
  }
  await reader.close()
  let wrong = newest.size === tally.size ? 0 : Math.abs(newest.size - tally.size)
  for (const [name, counts] of tally) {
    const row = newest.get(name)
    if (row === undefined || counts.some((count, i) => row[i] !== count)) wrong++
  }
  return wrong
}

function told(bench: PipelineBench, made: Figure): Figure {
  bench.progress(`${made.name}: ${made.value} ${made.unit}`)
  return made
}
