import { MongoClient } from "mongodb"
import { afterAll, beforeAll } from "vitest"
import { startTestMongo, type TestServer } from "../../local/testing/servers.ts"
import { sinkContract } from "../sink.contract.ts"
import type { Sink } from "../sink.ts"
import { type CuttingProxy, startCuttingProxy } from "../testing/cutting-proxy.ts"
import { mongoSink } from "./sink.ts"

let server: TestServer
let proxy: CuttingProxy

beforeAll(async () => {
  server = await startTestMongo()
  proxy = await startCuttingProxy(server.url)
})
afterAll(async () => {
  await proxy?.close()
  await server?.stop()
})

/** A command names its collection first: `update` of the checkpoints, which comes after the rows. */
const MOVING_A_CHECKPOINT = Buffer.from("update\0\u000d\0\0\0_checkpoints\0", "latin1")

sinkContract({
  name: "MongoDB",
  refusedText: "half a \ud83d",
  interrupted: "possible",
  async open() {
    const opened: Sink[] = []
    const reopen = async () => {
      const sink = mongoSink({ url: proxy.url, applicationName: "contract" })
      opened.push(sink)
      return sink
    }
    return {
      sink: await reopen(),
      reopen,
      interruptNextWrite: () => proxy.cutAt(MOVING_A_CHECKPOINT, "before it is heard"),
      async close() {
        await Promise.all(opened.map((sink) => sink.close()))
        await withClient((client) => client.db("millrace").dropDatabase())
      },
    }
  },
})

async function withClient<T>(use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(server.url)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}
