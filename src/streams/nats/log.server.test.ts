import { afterAll, beforeAll } from "vitest"
import { sleep, systemClock } from "../../base/clock.ts"
import { startTestNats, type TestServer } from "../../local/testing/servers.ts"
import { connectNats, type NatsConnection } from "../../wire/nats/connection.ts"
import { logContract } from "../log.contract.ts"
import { openNatsLog } from "./log.ts"
import { openSession } from "./session.ts"
import { applyTopology } from "./topology.ts"

let server: TestServer
let connection: NatsConnection

beforeAll(async () => {
  server = await startTestNats()
  connection = await connectNats({ url: server.url, name: "test" })
})
afterAll(async () => {
  await connection?.close()
  await server?.stop()
})

logContract("JetStream", async (streams) => {
  const { manager } = await openSession(connection)
  await applyTopology({ connection, declared: { generation: 1, streams } })
  const log = await openNatsLog({ connection })
  return {
    log,
    elapse: (ms) => sleep(systemClock, ms),
    async close() {
      await log.close()
      for (const { name } of streams) await manager.streams.delete(name)
    },
  }
})
