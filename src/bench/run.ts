/** Owns: which benchmarks there are, and running one by its name. Never: how a report is shown. */

import type { Environment } from "../base/config.ts"
import { Misuse } from "../base/errors.ts"
import { obtainMongo, obtainNats, obtainPostgres } from "../local/provision/provision.ts"
import { startBenchMongo, startBenchPostgres } from "./database-servers.ts"
import { benchDecode } from "./decode.ts"
import { benchEngine } from "./engine.ts"
import { benchGrowth } from "./growth.ts"
import { type BenchReport, type Figure, machine } from "./harness.ts"
import { benchIngest } from "./ingest.ts"
import { benchLatency, benchRecovery } from "./live.ts"
import { benchMeasures } from "./measures.ts"
import { benchMemory } from "./memory.ts"
import { startBenchServer } from "./nats-server.ts"
import { benchPipeline, type PipelineBench } from "./pipeline.ts"
import { benchSinks } from "./sinks.ts"

export interface BenchOptions {
  /** Where fetched servers live. */
  readonly cache: string
  /** What the servers' processes get. */
  readonly environment: Environment
  /** Lines for people while it goes on. */
  readonly progress: (line: string) => void
}

interface Measured {
  readonly figures: readonly Figure[]
  readonly servers: Readonly<Record<string, string>>
}

interface Bench {
  readonly about: string
  readonly run: (options: BenchOptions) => Promise<Measured>
}

export const BENCHES: Readonly<Record<string, Bench>> = {
  ingest: {
    about: "publishing: rates, time to the receipt, a killed server, syncing each write (about a minute)",
    run: runIngest,
  },
  pipeline: {
    about: "the engine: a backlog in the log until every frame is committed, totals recounted (some minutes)",
    run: (options) => withNats(options, benchPipeline),
  },
  latency: {
    about: "the engine, live: from a publish to its committed frame at a steady rate (some seconds)",
    run: (options) => withNats(options, benchLatency),
  },
  recovery: {
    about: "the engine, live: how long a shard stands still when runners are killed, join, leave (a minute)",
    run: (options) => withNats(options, benchRecovery),
  },
  decode: {
    about: "decoding: stored messages to validated events of the current version, on one core (some seconds)",
    run: async ({ progress }) => ({ figures: await benchDecode({ progress }), servers: {} }),
  },
  engine: {
    about: "engine: one shard's steps, from encoded messages to encoded frames, on one core (some seconds)",
    run: async ({ progress }) => ({ figures: await benchEngine({ progress }), servers: {} }),
  },
  measures: {
    about: "measures: what adding, merging and answering cost, on one core (some seconds)",
    run: async ({ progress }) => ({ figures: await benchMeasures({ progress }), servers: {} }),
  },
  memory: {
    about: "memory: what a process takes with five million instances, a tenth of them with traffic (some minutes)",
    run: async ({ progress }) => ({ figures: await benchMemory({ progress }), servers: {} }),
  },
  growth: {
    about: "growth: what an event costs with a thousand, a hundred thousand and a million keys (a minute or two)",
    run: async ({ progress }) => ({ figures: await benchGrowth({ progress }), servers: {} }),
  },
  sinks: {
    about: "sinks: rows a second into Postgres and MongoDB (about a minute)",
    run: runSinks,
  },
}

export async function runBench(name: string, options: BenchOptions): Promise<BenchReport> {
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
  if (bench === undefined) {
    const reason = `there is no benchmark ${JSON.stringify(name)}; there are: ${Object.keys(BENCHES).join(", ")}`
    throw new Misuse({ operation: "run a benchmark", reason })
  }
  const { figures, servers } = await bench.run(options)
  return { bench: name, machine: machine(servers), figures }
}

async function runIngest({ cache, environment, progress }: BenchOptions): Promise<Measured> {
  const { what, why } = await obtainNats({ cache, environment, report: progress })
  progress(`nats-server ${what.version}: ${why}`)
  const startServer = ({ syncAlways }: { readonly syncAlways: boolean }) =>
    startBenchServer({ server: what.server, environment, syncAlways })
  return { figures: await benchIngest({ startServer, progress }), servers: { nats: what.version } }
}

async function runSinks({ cache, environment, progress }: BenchOptions): Promise<Measured> {
  const provisioning = { cache, environment, report: progress }
  const [postgres, mongo] = await Promise.all([obtainPostgres(provisioning), obtainMongo(provisioning)])
  progress(`postgres ${postgres.what.version}: ${postgres.why}`)
  progress(`${mongo.what.kind} ${mongo.what.version}: ${mongo.why}`)
  await using servers = new AsyncDisposableStack()
  const postgresServer = servers.adopt(await startBenchPostgres(postgres.what, environment), ({ stop }) => stop())
  const mongoServer = servers.adopt(await startBenchMongo(mongo.what, environment), ({ stop }) => stop())
  const figures = await benchSinks({ postgresUrl: postgresServer.url, mongoUrl: mongoServer.url, progress })
  return { figures, servers: { postgres: postgres.what.version, [mongo.what.kind]: mongo.what.version } }
}

async function withNats(
  { cache, environment, progress }: BenchOptions,
  bench: (options: PipelineBench) => Promise<Figure[]>,
): Promise<Measured> {
  const { what, why } = await obtainNats({ cache, environment, report: progress })
  progress(`nats-server ${what.version}: ${why}`)
  const startServer = () => startBenchServer({ server: what.server, environment, wholeTopology: true })
  return { figures: await bench({ startServer, environment, progress }), servers: { nats: what.version } }
}
