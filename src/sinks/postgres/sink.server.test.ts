import { inspect } from "node:util"
import pg from "pg"
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { Misuse } from "../../base/errors.ts"
import { POSTGRES_CONNECTIONS_MAX } from "../../base/limits.ts"
import { startTestPostgres, type TestServer } from "../../local/testing/servers.ts"
import { sinkContract } from "../sink.contract.ts"
import { type Row, RowRefused, type Sink, SinkAway, Superseded, type ViewShape } from "../sink.ts"
import { startCuttingProxy } from "../testing/cutting-proxy.ts"
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
        await dropSchema()
      },
    }
  },
})

const POSTS: ViewShape = {
  name: "posts",
  key: [
    { name: "tenant_id", type: "text" },
    { name: "entity_id", type: "text" },
  ],
  fields: [
    { name: "likes", type: "long" },
    { name: "title", type: "text" },
  ],
}

const BY_MINUTE: ViewShape = {
  name: "posts_1m",
  key: [...POSTS.key, { name: "window_start", type: "time" }],
  fields: POSTS.fields,
}

const post = (id: string, frame: number, title: string | null = "a title"): Row => ({
  view: POSTS.name,
  key: ["acme", id],
  fields: [1, title],
  frame,
})

const window = (start: string, id = "p1"): Row => ({
  view: BY_MINUTE.name,
  key: ["acme", id, new Date(start)],
  fields: [1, "a title"],
  frame: 1,
})

const batch = (after: number, upto: number, rows: readonly Row[], shard = 0) => ({
  projector: "postgres",
  shard,
  after,
  upto,
  rows,
})

describe("views in Postgres", () => {
  afterEach(() => dropSchema())

  test("a COMMIT whose answer is lost is found to have been done", async () => {
    const { sink, cutAt } = await throughProxy()
    cutAt(Buffer.from("COMMIT\0"), "after it is answered")
    await sink.write(batch(0, 1, [post("p1", 1)]))
    expect([await sink.checkpoint("postgres", 0), await idsOf(sink)]).toEqual([1, ["p1"]])
  })

  test("a COMMIT that never arrived left nothing, and the batch may be written again", async () => {
    const { sink, cutAt } = await throughProxy()
    cutAt(Buffer.from("COMMIT\0"), "before it is heard")
    await expect(sink.write(batch(0, 1, [post("p1", 1)]))).rejects.toBeInstanceOf(SinkAway)
    expect([await sink.checkpoint("postgres", 0), await idsOf(sink)]).toEqual([0, []])
    await sink.write(batch(0, 1, [post("p1", 1)]))
    expect(await idsOf(sink)).toEqual(["p1"])
  })

  test("a server that is gone is away; the same sink goes on when it is back, from what was committed", async () => {
    const sink = await opened()
    await sink.write(batch(0, 1, [post("p1", 1)]))
    await server.kill9()
    await expect(sink.write(batch(1, 2, [post("p2", 2)]))).rejects.toBeInstanceOf(SinkAway)
    await expect(sink.checkpoint("postgres", 0)).rejects.toBeInstanceOf(SinkAway)
    await server.restart()
    await sink.write(batch(1, 2, [post("p2", 2)]))
    expect(await idsOf(sink)).toEqual(["p1", "p2"])
  })

  test("many that start together prepare it once", async () => {
    const sinks = Array.from({ length: 8 }, () => sinkAt(server.url))
    await Promise.all(sinks.map((sink) => sink.prepare([POSTS, BY_MINUTE])))
    await sinks[7]!.write(batch(0, 1, [post("p1", 1)]))
    expect(await idsOf(sinks[0]!)).toEqual(["p1"])
  })

  test("another shape is refused with each column, what it is and what was wanted, and nothing is made", async () => {
    const sink = await opened()
    const changed: ViewShape = {
      ...POSTS,
      key: [POSTS.key[0]!],
      fields: [
        { name: "likes", type: "decimal" },
        { name: "shares", type: "long" },
      ],
    }
    const fresh = { ...POSTS, name: "fresh" }
    const failure = await sink.prepare([fresh, changed]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Misuse)
    for (const said of [
      "posts",
      "likes is bigint, wanted numeric",
      "shares is not there, wanted bigint",
      "title is text, wanted none",
      "the key is (tenant_id, entity_id), wanted (tenant_id)",
    ]) {
      expect(String(failure)).toContain(said)
    }
    expect((await ask("SELECT to_regclass('millrace.fresh') AS there")).rows).toEqual([{ there: null }])
  })

  test.for([
    ["a key too long for its index", { key: ["acme", Array.from({ length: 9_000 }, noise).join("")] }],
    ["a NUL in a text", { fields: [1, "\0"] }],
    ["a key with a missing part", { key: ["acme", null] }],
    ["a number of more than 64 bits", { fields: [2n ** 63n, null] }],
  ] as const)("of thousands of rows the one with %s is named, and none is written", async ([, bad]) => {
    const sink = await opened()
    const rows = Array.from({ length: 3_000 }, (_, i) => post(`p${i}`, 1))
    const wrong = { ...rows[1_234]!, ...bad }
    rows[1_234] = wrong
    const failure = await sink.write(batch(0, 1, rows)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RowRefused)
    expect(failure).toMatchObject({ row: wrong })
    expect([await sink.checkpoint("postgres", 0), await idsOf(sink)]).toEqual([0, []])
  })

  test("a row that breaks somebody else's unique index is named", async () => {
    const sink = await opened()
    await ask("CREATE UNIQUE INDEX ON millrace.posts (title)")
    await sink.write(batch(0, 1, [post("p1", 1, "taken")]))
    const rows = [post("p2", 2, "free"), post("p3", 2, "taken"), post("p4", 2, "free too")]
    const failure = await sink.write(batch(1, 2, rows)).catch((error: unknown) => error)
    expect(failure).toMatchObject({ tag: "RowRefused", row: { key: ["acme", "p3"] } })
  })

  test("windows are kept by month, made as they come, by several at once too", async () => {
    const sinks = await Promise.all(Array.from({ length: 4 }, () => opened()))
    const starts = ["1970-01-01T00:00:00Z", "2026-01-31T23:59:00Z", "2026-02-01T00:00:00Z", "2026-12-31T23:59:59.999Z"]
    const rows = (shard: number) =>
      [...starts.slice(shard), ...starts.slice(0, shard)].map((at) => window(at, `${shard}`))
    await Promise.all(sinks.map((sink, shard) => sink.write(batch(0, 1, rows(shard), shard))))
    const parts = await ask("SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE relkind = 'r'")
    expect(parts.rows.map(({ relname }) => relname).sort()).toEqual(
      ["197001", "202601", "202602", "202612"].map((month) => `posts_1m_${month}`),
    )
    const stored = await ask("SELECT DISTINCT window_start FROM millrace.posts_1m ORDER BY window_start")
    expect(stored.rows.map(({ window_start }) => window_start.getTime())).toEqual(starts.map((at) => Date.parse(at)))
  })

  test("a month that was dropped is made again for a row that needs it, which is not refused", async () => {
    const sink = await opened()
    await sink.write(batch(0, 1, [window("2026-01-01T00:00:00Z")]))
    await ask("DROP TABLE millrace.posts_1m_202601")
    const late = batch(1, 2, [window("2026-01-01T00:00:00Z", "late")])
    await expect(sink.write(late)).rejects.toBeInstanceOf(SinkAway)
    await sink.write(late)
    expect((await ask("SELECT entity_id FROM millrace.posts_1m")).rows).toEqual([{ entity_id: "late" }])
  })

  test("the reader role reads views and checkpoints, those made later too, and writes nothing", async () => {
    const sink = await opened()
    await sink.write(batch(0, 1, [window("2026-01-01T00:00:00Z")]))
    await sink.prepare([{ ...POSTS, name: "later" }])
    for (const table of ["posts", "posts_1m", "posts_1m_202601", "checkpoints", "later"]) {
      const read = await ask(`SET ROLE millrace_reader; SELECT count(*) FROM millrace.${table}`)
      expect(read).toHaveLength(2)
      await expect(ask(`SET ROLE millrace_reader; DELETE FROM millrace.${table}`)).rejects.toMatchObject({
        code: "42501",
      })
    }
  })

  test("however many shards write at once, the connections stay bounded and are named", async () => {
    const sink = await opened()
    const writes = Array.from({ length: 40 }, (_, shard) => sink.write(batch(0, 1, [post(`p${shard}`, 1)], shard)))
    const counted = ask("SELECT count(*)::int AS open FROM pg_stat_activity WHERE application_name = 'a test'")
    await Promise.all(writes)
    const { open } = (await counted).rows[0]
    expect(open).toBeGreaterThan(0)
    expect(open).toBeLessThanOrEqual(POSTGRES_CONNECTIONS_MAX)
    expect(await idsOf(sink)).toHaveLength(40)
  })

  test("a session that the server ends in the middle is away, not a bug", async () => {
    const sink = await opened()
    await sink.write(batch(0, 1, []))
    await meanwhile("LOCK TABLE millrace.posts", async () => {
      const write = sink.write(batch(1, 2, [post("p1", 2)])).catch((error: unknown) => error)
      const end = `SELECT pg_terminate_backend(pid) FROM (${WAITING}) AS waiting`
      await expect.poll(async () => (await ask(end)).rowCount).toBe(1)
      expect(await write).toBeInstanceOf(SinkAway)
    })
    await sink.write(batch(1, 2, [post("p1", 2)]))
    expect(await idsOf(sink)).toEqual(["p1"])
  })

  test("one that waited for another's transaction is told that it was superseded", async () => {
    const sink = await opened()
    await sink.write(batch(0, 1, []))
    const moved = "UPDATE millrace.checkpoints SET seq = 9 WHERE projector = 'postgres'"
    const write = await meanwhile(moved, async () => {
      const outcome = sink.write(batch(1, 2, [post("p1", 2)])).catch((error: unknown) => error)
      await expect.poll(async () => (await ask(WAITING)).rowCount).toBe(1)
      return { outcome }
    })
    expect(await write.outcome).toBeInstanceOf(Superseded)
    expect(await write.outcome).toMatchObject({ checkpoint: 9 })
    expect(await idsOf(sink)).toEqual([])
  })

  test("a failure to connect shows no password", async () => {
    const url = new URL(server.url)
    const secret = "hunter2"
    url.password = secret
    url.pathname = "/nowhere"
    const failures = [sinkAt(url.href).checkpoint("p", 0), sinkAt(`postgres://u:${secret}@127.0.0.1:1/x`).prepare([])]
    const [wrong, away] = await Promise.all(failures.map((work) => work.catch((error: unknown) => error)))
    expect(wrong).toBeInstanceOf(Misuse)
    expect(away).toBeInstanceOf(SinkAway)
    for (const failure of [wrong, away]) expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(secret)
  })
})

const WAITING = "SELECT pid FROM pg_stat_activity WHERE application_name = 'a test' AND wait_event_type = 'Lock'"

/** While a transaction of somebody else has done this; then it is committed. */
async function meanwhile<T>(done: string, use: () => Promise<T>): Promise<T> {
  const other = new pg.Client({ connectionString: server.url })
  await other.connect()
  try {
    await other.query(`BEGIN; ${done}`)
    const result = await use()
    await other.query("COMMIT")
    return result
  } finally {
    await other.end()
  }
}

async function opened(url = server.url): Promise<Sink> {
  const sink = sinkAt(url)
  await sink.prepare([POSTS, BY_MINUTE])
  return sink
}

function sinkAt(url: string): Sink {
  const sink = postgresSink({ url, applicationName: "a test" })
  onTestFinished(() => sink.close())
  return sink
}

async function throughProxy() {
  const proxy = await startCuttingProxy(server.url)
  onTestFinished(() => proxy.close())
  return { sink: await opened(proxy.url), cutAt: proxy.cutAt }
}

async function idsOf(sink: Sink): Promise<unknown[]> {
  const ids: unknown[] = []
  for await (const { key } of sink.scan(POSTS.name)) ids.push(key[1])
  return ids.sort()
}

/** Text that does not compress, so that it is as long in an index. */
function noise(_: unknown, i: number): string {
  return String.fromCodePoint(0x4e00 + ((i * 7_919) % 20_000))
}

function dropSchema(): Promise<unknown> {
  return ask("DROP SCHEMA IF EXISTS millrace CASCADE")
}

async function ask(text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}
