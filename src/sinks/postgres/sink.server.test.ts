import pg from "pg"
import { afterAll, beforeAll } from "vitest"
import { startTestPostgres, type TestServer } from "../../local/testing/servers.ts"
import { sinkContract } from "../sink.contract.ts"
import type { Sink } from "../sink.ts"
import { postgresSink } from "./sink.ts"

let server: TestServer

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server?.stop())

sinkContract({
  name: "Postgres",
  refusedText: "a \0 in it",
  interrupted: { skip: "rows and checkpoint are one transaction" },
  async open() {
    const opened: Sink[] = []
    const reopen = async () => {
      const sink = postgresSink({ url: server.url, applicationName: "contract" })
      opened.push(sink)
      return sink
    }
    return {
      sink: await reopen(),
      reopen,
      async close() {
        await Promise.all(opened.map((sink) => sink.close()))
        await ask("DROP SCHEMA IF EXISTS millrace CASCADE")
      },
    }
  },
})

async function ask(text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    return await client.query(text, [...values])
  } finally {
    await client.end()
  }
}
