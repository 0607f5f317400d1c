import { afterAll, beforeAll } from "vitest"
import { sleep, systemClock } from "../../base/clock.ts"
import { startTestNats, type TestServer } from "../../local/testing/servers.ts"
import { connectNats, type NatsConnection } from "../../wire/nats/connection.ts"
import { bucketStream, bucketSubject, CONTROL_BUCKET } from "../names.ts"
import { storeContract } from "../store.contract.ts"
import { planTopology } from "../topology.ts"
import { openSession } from "./session.ts"
import { openNatsStore } from "./store.ts"
import { applyTopology } from "./topology.ts"

let server: TestServer
let connection: NatsConnection
let buckets = 0

beforeAll(async () => {
  server = await startTestNats()
  connection = await connectNats({ url: server.url, name: "test" })
})
afterAll(async () => {
  await connection?.close()
  await server?.stop()
})

const control = planTopology({ generation: 1, diskBytes: 2 ** 30, replicas: 1 }).streams.find(
  ({ name }) => name === bucketStream(CONTROL_BUCKET),
)

storeContract("JetStream", async ({ bytesMax }) => {
  const bucket = `contract${buckets++}`
  const { manager } = await openSession(connection)
  const name = bucketStream(bucket)
  const streams =
    control === undefined ? [] : [{ ...control, name, subjects: [bucketSubject(bucket, ">")], maxBytes: bytesMax }]
  await applyTopology({ connection, declared: { generation: 1, streams } })
  const store = await openNatsStore({ connection, bucket })
  return {
    store,
    elapse: (ms) => sleep(systemClock, ms),
    async close() {
      store.close()
      await manager.streams.delete(name)
    },
  }
})
