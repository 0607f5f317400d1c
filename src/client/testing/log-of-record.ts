/** Owns: a real log of record for tests: a server, its INGEST stream, and everything that is in it. Never: more. */

import { startTestNats, type TestServer } from "../../local/testing/servers.ts"
import type { Stored } from "../../streams/log.ts"
import { openNatsLog } from "../../streams/nats/log.ts"
import { applyTopology } from "../../streams/nats/topology.ts"
import { planTopology } from "../../streams/topology.ts"
import { connectNats } from "../../wire/nats/connection.ts"

const DISK_BYTES = 2 * 1024 ** 3
const STREAM = "INGEST"

export interface LogOfRecord {
  readonly server: TestServer
  /** Every message from the beginning, in order. */
  all(): Promise<Stored[]>
  /** As if everything in it were no longer needed. */
  trimAll(): Promise<void>
  stop(): Promise<void>
}

export async function startLogOfRecord(maxBytes?: number): Promise<LogOfRecord> {
  const server = await startTestNats()
  const connection = await connectNats({ url: server.url, name: "test" })
  const { generation, streams } = planTopology({ generation: 1, diskBytes: DISK_BYTES, replicas: 1 })
  const ingest = streams
    .filter(({ name }) => name === STREAM)
    .map((stream) => (maxBytes === undefined ? stream : { ...stream, maxBytes }))
  await applyTopology({ connection, declared: { generation, streams: ingest } })
  const log = await openNatsLog({ connection })
  return {
    server,
    async all() {
      const { messages } = await log.bounds(STREAM)
      const reader = await log.read({ stream: STREAM, from: 1 })
      const found: Stored[] = []
      while (found.length < messages) found.push(...(await reader.next(1_000, 5_000)))
      await reader.close()
      return found
    },
    async trimAll() {
      await log.trim(STREAM, (await log.bounds(STREAM)).last + 1)
    },
    async stop() {
      await log.close()
      await connection.close()
      await server.stop()
    },
  }
}
