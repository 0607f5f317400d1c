/**
 * Owns: measuring how many rows a second the sinks take, and MongoDB's against the bare driver in the same run.
 * Never: reading, building rows (they are made between the measured stretches), or a server that others write to too.
 *
 * What it does not measure: replication, a network, tables of many millions of rows, projecting (decoding frames,
 * keeping the newest row of a key).
 */

import { type Clock, systemClock } from "../base/clock.ts"
import { type Random, seededRandom } from "../base/random.ts"
import { openBareWrites } from "../sinks/mongo/bare-writes.ts"
import { mongoSink } from "../sinks/mongo/sink.ts"
import { postgresSink } from "../sinks/postgres/sink.ts"
import type { Batch, Sink } from "../sinks/sink.ts"
import { type Figure, figure, median } from "./harness.ts"
import { ShardLoad, TOTALS, WINDOWS } from "./sinks.load.ts"

export interface SinksBench {
  readonly postgresUrl: string
  readonly mongoUrl: string
  readonly progress: (line: string) => void
  readonly clock?: Clock
  readonly runs?: number
}

const RUNS = 5
const WARM_UP_RUNS = 1
const SEED = 1
const POSTGRES = { shards: 4, batches: 4, batchRows: 5_000 } as const
const MONGO = { shards: 1, batches: 3, batchRows: 4_000 } as const

interface Plan {
  readonly shards: number
  /** Of each shard, in one run. */
  readonly batches: number
  readonly batchRows: number
}

export async function benchSinks(bench: SinksBench): Promise<Figure[]> {
  return [...(await benchPostgres(bench)), ...(await benchMongo(bench))]
}

async function benchPostgres(bench: SinksBench): Promise<Figure[]> {
  const sink = postgresSink({ url: bench.postgresUrl, applicationName: "bench" })
  const random = seededRandom(SEED)
  await sink.prepare([TOTALS, WINDOWS])
  const loads = loadsOf(POSTGRES, random)
  const totals = await rates(bench, POSTGRES, () => timed(bench, loads, POSTGRES, sink, (load) => load.totals()))
  const windows = await rates(bench, POSTGRES, () => timed(bench, loads, POSTGRES, sink, (load) => load.windows()))
  await sink.close()
  return [
    told(bench, figure("Postgres, totals upserted", "rows/s", totals)),
    told(bench, figure("Postgres, windows inserted", "rows/s", windows)),
  ]
}

/** Turn by turn, so that both meet the machine in the same state. */
async function benchMongo(bench: SinksBench): Promise<Figure[]> {
  const sink = mongoSink({ url: bench.mongoUrl, applicationName: "bench" })
  await sink.prepare([TOTALS])
  const bare = await openBareWrites(
    bench.mongoUrl,
    TOTALS.name,
    TOTALS.fields.map(({ name }) => name),
  )
  const [sinkLoads, bareLoads] = [loadsOf(MONGO, seededRandom(SEED)), loadsOf(MONGO, seededRandom(SEED))]
  const bareRates: number[] = []
  const sinkRates = await rates(bench, MONGO, async () => {
    const batches = batchesOf(bareLoads, MONGO, (load) => load.totals())
    bareRates.push(rateOf(MONGO, await took(bench, () => inTurn(batches.flat(), ({ rows }) => bare.write(rows)))))
    return timed(bench, sinkLoads, MONGO, sink, (load) => load.totals())
  })
  await Promise.all([sink.close(), bare.close()])
  const measured = bareRates.slice(WARM_UP_RUNS)
  return [
    told(bench, figure("MongoDB, documents upserted", "rows/s", sinkRates)),
    told(bench, figure("MongoDB, with the bare driver", "rows/s", measured)),
    told(bench, figure("MongoDB, part of the bare driver's rate", "1", [median(sinkRates) / median(measured)])),
  ]
}

function loadsOf({ shards, batchRows }: Plan, random: Random): ShardLoad[] {
  return Array.from({ length: shards }, (_, shard) => new ShardLoad(shard, shards, batchRows, random))
}

function batchesOf(loads: readonly ShardLoad[], plan: Plan, next: (load: ShardLoad) => Batch): Batch[][] {
  return loads.map((load) => Array.from({ length: plan.batches }, () => next(load)))
}

/** One run: the batches of each shard in turn, all shards side by side. */
async function timed(
  bench: SinksBench,
  loads: readonly ShardLoad[],
  plan: Plan,
  sink: Sink,
  next: (load: ShardLoad) => Batch,
): Promise<number> {
  const batches = batchesOf(loads, plan, next)
  return took(bench, () => Promise.all(batches.map((ofShard) => inTurn(ofShard, (batch) => sink.write(batch)))))
}

async function inTurn(batches: readonly Batch[], write: (batch: Batch) => Promise<void>): Promise<void> {
  for (const batch of batches) await write(batch)
}

async function took({ clock = systemClock }: SinksBench, work: () => Promise<unknown>): Promise<number> {
  const from = clock.monotonicMs()
  await work()
  return clock.monotonicMs() - from
}

async function rates({ runs = RUNS }: SinksBench, plan: Plan, run: () => Promise<number>): Promise<number[]> {
  const all: number[] = []
  for (let done = 0; done < WARM_UP_RUNS + runs; done++) all.push(rateOf(plan, await run()))
  return all.slice(WARM_UP_RUNS)
}

function rateOf({ shards, batches, batchRows }: Plan, tookMs: number): number {
  return (shards * batches * batchRows * 1_000) / tookMs
}

function told({ progress }: SinksBench, made: Figure): Figure {
  progress(`${made.name}: ${made.value} ${made.unit}`)
  return made
}
