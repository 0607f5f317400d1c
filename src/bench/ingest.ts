/**
 * Owns: measuring publishing: the client, a real server, the load in the client's own process.
 * Never: routing or what follows. Not measured: a network, replicas, making the events.
 */

import { type Clock, sleep, systemClock, yieldTurn } from "../base/clock.ts"
import { type Client, type ClientOptions, connect, type EventToPublish } from "../client/index.ts"
import { decodeBatch } from "../wire/batch.ts"
import { type Figure, figure, percentile } from "./harness.ts"
import { makeEvents } from "./load.ts"
import { type BenchServer, STREAM } from "./nats-server.ts"

export interface IngestBench {
  readonly startServer: (options: { readonly syncAlways: boolean }) => Promise<BenchServer>
  readonly progress: (line: string) => void
  readonly clock?: Clock
  /** Of one run. */
  readonly runMs?: number
  readonly runs?: number
}

interface Context {
  readonly bench: IngestBench
  readonly clock: Clock
  readonly server: BenchServer
  readonly events: readonly EventToPublish[]
}

const RUN_MS = 3_000
const RUNS = 3
const WARM_UP_MS = 700
const CALL_EVENTS = 500
const CALLS = 48
const CALLS_OF_ONE = 16_000
const PACED_PER_SECOND = 5_000
const PACED_MS = 6_000
const KILLED_EVENTS = 400_000

export async function benchIngest(bench: IngestBench): Promise<Figure[]> {
  const clock = bench.clock ?? systemClock
  const events = makeEvents()
  const figures = await withServer(bench, false, (server) => usualFigures({ bench, clock, server, events }))
  const batched = figures[0]!
  const synced = await withServer(bench, true, (server) => syncedFigures({ bench, clock, server, events }))
  const ratio = figure("synced always / batched", "ratio", [synced[0]!.value / batched.value])
  return [...figures, ...synced, told(bench, ratio)]
}

/** What it costs to have every acknowledged message on the disk before its acknowledgement. */
async function syncedFigures(context: Context): Promise<Figure[]> {
  return [
    await rate(context, "batched, synced always", { messages: "batched" }, publishMany),
    await rate(context, "single messages, synced always", { messages: "single" }, publishMany),
    ...(await latency(context, ", synced always")),
  ]
}

async function usualFigures(context: Context): Promise<Figure[]> {
  return [
    await rate(context, "batched, publishAll", { messages: "batched" }, publishMany),
    await rate(context, "batched, publish", { messages: "batched" }, publishOne),
    await rate(context, "single messages", { messages: "single" }, publishMany),
    ...(await latency(context)),
    ...(await killed(context)),
  ]
}

async function withServer<T>(
  bench: IngestBench,
  syncAlways: boolean,
  use: (server: BenchServer) => Promise<T>,
): Promise<T> {
  const server = await bench.startServer({ syncAlways })
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

type Publish = (client: Client, events: readonly EventToPublish[], goOn: () => boolean) => Promise<number>

/** Acknowledged events a second. */
async function rate(context: Context, name: string, options: ClientOptions, publish: Publish): Promise<Figure> {
  const { bench, clock, server, events } = context
  const client = await connect({ ...options, url: server.url, name: "bench" })
  const run = async (forMs: number) => {
    const from = clock.monotonicMs()
    const acknowledged = await publish(client, events, () => clock.monotonicMs() - from < forMs)
    const result = (acknowledged / (clock.monotonicMs() - from)) * 1_000
    await empty(server)
    return result
  }
  await run(WARM_UP_MS)
  const runs: number[] = []
  while (runs.length < (bench.runs ?? RUNS)) runs.push(await run(bench.runMs ?? RUN_MS))
  await client.close()
  return told(bench, figure(name, "events/s", runs))
}

async function publishMany(client: Client, events: readonly EventToPublish[], goOn: () => boolean): Promise<number> {
  let next = 0
  let acknowledged = 0
  const caller = async () => {
    while (goOn()) {
      const from = next
      next = (next + CALL_EVENTS) % events.length
      const receipts = await client.publishAll(events.slice(from, from + CALL_EVENTS))
      acknowledged += receipts.length
    }
  }
  await Promise.all(Array.from({ length: CALLS }, caller))
  return acknowledged
}

async function publishOne(client: Client, events: readonly EventToPublish[], goOn: () => boolean): Promise<number> {
  let next = 0
  let acknowledged = 0
  const caller = async () => {
    while (goOn()) {
      next = (next + 1) % events.length
      await client.publish(events[next]!)
      acknowledged++
    }
  }
  await Promise.all(Array.from({ length: CALLS_OF_ONE }, caller))
  return acknowledged
}

/** From the call to its receipt, at a steady rate far below what is possible. */
async function latency({ bench, clock, server, events }: Context, how = ""): Promise<Figure[]> {
  const client = await connect({ url: server.url, name: "bench" })
  await paced(client, clock, events, WARM_UP_MS)
  const took = await paced(client, clock, events, PACED_MS)
  await client.close()
  await empty(server)
  const at = `publish to receipt at ${PACED_PER_SECOND}/s${how}`
  return [
    told(bench, figure(`${at}, p50`, "ms", [percentile(took, 0.5)])),
    told(bench, figure(`${at}, p99`, "ms", [percentile(took, 0.99)])),
  ]
}

async function paced(
  client: Client,
  clock: Clock,
  events: readonly EventToPublish[],
  forMs: number,
): Promise<number[]> {
  const took: number[] = []
  const pending: Promise<unknown>[] = []
  const from = clock.monotonicMs()
  for (let sent = 0; ; await sleep(clock, 1)) {
    const elapsed = clock.monotonicMs() - from
    if (elapsed >= forMs) break
    for (; sent < (elapsed / 1_000) * PACED_PER_SECOND; sent++) {
      const called = clock.monotonicMs()
      const receipt = client.publish(events[sent % events.length]!)
      pending.push(receipt.then(() => took.push(clock.monotonicMs() - called)))
    }
  }
  await Promise.all(pending)
  return took
}

/** The server is killed twice while events flow; then the log is read and compared with the receipts. */
async function killed({ bench, clock, server, events }: Context): Promise<Figure[]> {
  const client = await connect({ url: server.url, name: "bench", inFlightEventsMax: 8_000 })
  const receipts = new Set<string>()
  const wanted = () => receipts.size < KILLED_EVENTS
  const caller = async () => {
    while (wanted()) for (const { id } of await client.publishAll(events.slice(0, CALL_EVENTS))) receipts.add(id)
  }
  const all = Promise.all(Array.from({ length: CALLS }, caller))
  for (const part of [0.3, 0.6]) {
    while (receipts.size < KILLED_EVENTS * part) await yieldTurn()
    await server.kill9()
    await sleep(clock, 200)
    await server.restart()
  }
  await all
  await client.close()
  const { stored, twice } = await idsInLog(server)
  let lost = 0
  for (const id of receipts) if (!stored.has(id)) lost++
  return [
    told(bench, figure("acknowledged, then lost by two kills", "events", [lost])),
    told(bench, figure("stored twice by two kills", "events", [twice])),
  ]
}

async function idsInLog({ log }: BenchServer): Promise<{ stored: Set<string>; twice: number }> {
  const { first, messages } = await log.bounds(STREAM)
  const reader = await log.read({ stream: STREAM, from: first })
  const stored = new Set<string>()
  let events = 0
  for (let left = messages; left > 0; ) {
    const read = await reader.next(1_000, 10_000)
    left -= read.length
    for (const { body } of read) {
      const batch = decodeBatch(body)
      if (batch.tag === "bad") throw new Error(`a batch cannot be read back: ${batch.reason}`)
      events += batch.events.length
      for (const { id } of batch.events) stored.add(id)
    }
  }
  await reader.close()
  return { stored, twice: events - stored.size }
}

async function empty({ log }: BenchServer): Promise<void> {
  await log.trim(STREAM, (await log.bounds(STREAM)).last + 1)
}

function told(bench: IngestBench, made: Figure): Figure {
  bench.progress(`${made.name}: ${made.value} ${made.unit}`)
  return made
}
