/**
 * Owns: a NATS server of a benchmark's own, with an empty log of record. Never: servers of a running Millrace.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Environment } from "../base/config.ts"
import { SERVER_STOP_WITHIN_MS } from "../base/limits.ts"
import { natsUrl, startNats } from "../local/nats.ts"
import { freePort } from "../local/ports.ts"
import { type NatsLog, openNatsLog } from "../streams/nats/log.ts"
import { applyTopology } from "../streams/nats/topology.ts"
import { planTopology } from "../streams/topology.ts"
import { connectNats, type NatsConnection } from "../wire/nats/connection.ts"

const GIB = 1024 ** 3
const DISK_BYTES = 12 * GIB
export const STREAM = "INGEST"

export interface BenchServer {
  readonly url: string
  readonly log: NatsLog
  kill9(): Promise<void>
  restart(): Promise<void>
  /** Stops it and removes its data. */
  stop(): Promise<void>
}

export interface BenchServerOptions {
  /** The program. */
  readonly server: string
  readonly environment: Environment
  /** Every write goes to the disk before it is acknowledged. */
  readonly syncAlways?: boolean
  /** Every stream and bucket there is, not the log of record alone. */
  readonly wholeTopology?: boolean
}

export async function startBenchServer(options: BenchServerOptions): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"))
  const port = await freePort()
  const start = () =>
    startNats({
      server: options.server,
      runDir: join(folder, "run"),
      dataDir: join(folder, "nats"),
      port,
      maxFileStoreBytes: DISK_BYTES,
      env: options.environment,
      sync: options.syncAlways === true ? "always" : "1s",
    })
  let running = await start()
  const end = async () => {
    await running.stop(SERVER_STOP_WITHIN_MS)
    rmSync(folder, { recursive: true, force: true })
  }
  const { log, connection } = await openLog(natsUrl(port), options).catch(async (error: unknown) => {
    await end()
    throw error
  })
  return {
    url: natsUrl(port),
    log,
    async kill9() {
      running.kill()
      await running.exited
    },
    async restart() {
      running = await start()
    },
    async stop() {
      await log.close()
      await connection.close()
      await end()
    },
  }
}

async function openLog(
  url: string,
  { wholeTopology }: BenchServerOptions,
): Promise<{ log: NatsLog; connection: NatsConnection }> {
  const connection = await connectNats({ url, name: "bench" })
  const { generation, streams } = planTopology({ generation: 1, diskBytes: DISK_BYTES, replicas: 1 })
  const wanted = streams.filter(({ name }) => wholeTopology === true || name === STREAM)
  await applyTopology({ connection, declared: { generation, streams: wanted } })
  return { log: await openNatsLog({ connection }), connection }
}
