import { inspect } from "node:util"
import { type Collection, type Document, MongoClient } from "mongodb"
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { ManualClock } from "../../base/clock.manual.ts"
import { Misuse } from "../../base/errors.ts"
import { MONGO_CALL_WRITES_MAX, TOMBSTONE_MS } from "../../base/limits.ts"
import { startTestMongo, type TestServer } from "../../local/testing/servers.ts"
import { sinkContract } from "../sink.contract.ts"
import { type Row, RowRefused, type Sink, SinkAway, Superseded, type ViewShape } from "../sink.ts"
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
const MOVING_A_CHECKPOINT = updateOf("_checkpoints")

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
        await dropDatabase()
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
    { name: "post_id", type: "text" },
    { name: "unique_users", type: "long" },
    { name: "cost", type: "decimal" },
    { name: "top", type: "json" },
  ],
}

const post = (
  id: string,
  frame: number,
  more: { readonly cost?: string; readonly top?: Row["key"] | object } = {},
): Row => ({
  view: POSTS.name,
  key: ["acme", id],
  fields: [id, 1, more.cost ?? "0.10", { of: more.top ?? null }],
  frame,
})

const batch = (after: number, upto: number, rows: readonly Row[]) => ({
  projector: "mongo",
  shard: 0,
  after,
  upto,
  rows,
})

describe("views in MongoDB", () => {
  afterEach(() => dropDatabase())

  test("documents are as promised: identity, names, index; a tombstone for a day in place of a deleted one", async () => {
    const clock = new ManualClock()
    const sink = await opened(proxy.url, clock)
    await sink.write(batch(0, 1, [post("a%2Fb/c", 1, { top: ["x"] }), post("gone", 1)]))
    await sink.write(batch(1, 2, [{ ...post("gone", 2), fields: null }]))
    const id = "a%2Fb/c"
    await withCollection("posts", async (posts) => {
      expect(await posts.findOne({ _id: `acme/${id}` }, { projection: { cost: 0 } })).toEqual({
        _id: `acme/${id}`,
        tenantId: "acme",
        entityId: id,
        postId: id,
        uniqueUsers: 1,
        top: { of: ["x"] },
        _frame: 1,
      })
      const expiresAt = new Date(clock.now() + TOMBSTONE_MS)
      expect(await posts.findOne({ _id: "acme/gone" })).toEqual({
        _id: "acme/gone",
        tenantId: "acme",
        entityId: "gone",
        deleted: true,
        expiresAt,
        _frame: 2,
      })
      const indexes = await posts.indexes()
      expect(indexes.map(({ key }) => key)).toEqual([{ _id: 1 }, { tenantId: 1, entityId: 1 }, { expiresAt: 1 }])
      expect(indexes[2]).toMatchObject({ expireAfterSeconds: 0, partialFilterExpression: { deleted: true } })
    })
  })

  test("a checkpoint whose answer is lost is found to have moved", async () => {
    const sink = await opened()
    proxy.cutAt(MOVING_A_CHECKPOINT, "after it is answered")
    await sink.write(batch(0, 1, [post("p1", 1)]))
    expect([await sink.checkpoint("mongo", 0), await idsOf(sink)]).toEqual([1, ["p1"]])
  })

  test.for(["before it is heard", "after it is answered"] as const)(
    "rows that are cut off %s are written whole by writing them again",
    async (when) => {
      const sink = await opened()
      const rows = Array.from({ length: MONGO_CALL_WRITES_MAX }, (_, i) => post(`p${i}`, 1))
      proxy.cutAt(updateOf("posts"), when)
      await expect(sink.write(batch(0, 1, rows))).rejects.toBeInstanceOf(SinkAway)
      expect(await sink.checkpoint("mongo", 0)).toBe(0)
      await sink.write(batch(0, 1, rows))
      expect([await sink.checkpoint("mongo", 0), (await idsOf(sink)).length]).toEqual([1, rows.length])
    },
  )

  test("a server that is gone is away; the same sink goes on when it is back", async () => {
    const sink = await opened()
    await sink.write(batch(0, 1, [post("p1", 1)]))
    await server.kill9()
    await expect(sink.write(batch(1, 2, [post("p2", 2)]))).rejects.toBeInstanceOf(SinkAway)
    await server.restart()
    await sink.write(batch(1, 2, [post("p2", 2)]))
    expect(await idsOf(sink)).toEqual(["p1", "p2"])
  })

  test("many that start together prepare it, and all go on", async () => {
    const sinks = Array.from({ length: 4 }, () => sinkAt(server.url))
    await Promise.all(sinks.map((sink) => sink.prepare([POSTS])))
    await sinks[3]!.write(batch(0, 1, [post("p1", 1)]))
    expect(await idsOf(sinks[0]!)).toEqual(["p1"])
  })

  test("of two that write the same new documents at once none fails but for the checkpoint", async () => {
    const sinks = [await opened(server.url), await opened(server.url)]
    const rows = Array.from({ length: 300 }, (_, i) => post(`p${i}`, 1))
    const outcomes = await Promise.allSettled(sinks.map((sink) => sink.write(batch(0, 1, rows))))
    const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []))
    expect(reasons).toHaveLength(1)
    expect(reasons[0]).toBeInstanceOf(Superseded)
    expect(await idsOf(sinks[0]!)).toHaveLength(rows.length)
  })

  test("another shape is refused with each column, what it is and what was wanted", async () => {
    const sink = await opened()
    const fields = [{ name: "unique_users", type: "double" as const }, ...POSTS.fields.slice(2)]
    const failure = await sink.prepare([{ ...POSTS, key: [POSTS.key[0]!], fields }]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Misuse)
    for (const said of [
      "posts",
      "unique_users is long, wanted double",
      "post_id is text, wanted none",
      "the key is (tenant_id, entity_id), wanted (tenant_id)",
    ]) {
      expect(String(failure)).toContain(said)
    }
  })

  test.for([
    ["a name with a NUL", { top: { "\0": 1 } }],
    ["a number of more digits than it can hold", { cost: "1".repeat(40) }],
  ] as const)("of many rows the one with %s is named, and the checkpoint stays", async ([, bad]) => {
    const sink = await opened()
    const rows = Array.from({ length: 300 }, (_, i) => post(`p${i}`, 1, i === 123 ? bad : {}))
    const failure = await sink.write(batch(0, 1, rows)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RowRefused)
    expect(failure).toMatchObject({ row: { key: ["acme", "p123"] } })
    expect(await sink.checkpoint("mongo", 0)).toBe(0)
  })

  test("a row that breaks somebody else's unique index is named, whether new or changed", async () => {
    const sink = await opened()
    await withCollection("posts", (posts) => posts.createIndex({ "top.of.slot": 1 }, { unique: true }))
    const at = (id: string, frame: number, slot: number) => post(id, frame, { top: { slot } })
    await sink.write(batch(0, 1, [at("p1", 1, 1), at("p2", 1, 2)]))
    for (const clash of [at("p3", 2, 1), at("p2", 2, 1)]) {
      const failure = await sink.write(batch(1, 2, [at("p1", 1, 1), clash])).catch((error: unknown) => error)
      expect(failure).toMatchObject({ tag: "RowRefused", row: { key: clash.key } })
    }
    await sink.write(batch(1, 2, [at("p2", 2, 4), at("p3", 2, 3)]))
    expect(await idsOf(sink)).toEqual(["p1", "p2", "p3"])
  })

  test("a failure to connect shows no password", async () => {
    const secret = "hunter2"
    const sink = sinkAt(`mongodb://u:${secret}@127.0.0.1:1/?directConnection=true`)
    const failure = await sink.checkpoint("p", 0).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SinkAway)
    expect(inspect(failure, { depth: 9 })).not.toContain(secret)
  })
})

async function opened(url = proxy.url, clock?: ManualClock): Promise<Sink> {
  const sink = sinkAt(url, clock)
  await sink.prepare([POSTS])
  return sink
}

function sinkAt(url: string, clock?: ManualClock): Sink {
  const sink = mongoSink({ url, applicationName: "a test", ...(clock === undefined ? {} : { clock }) })
  onTestFinished(() => sink.close())
  return sink
}

async function idsOf(sink: Sink): Promise<unknown[]> {
  const ids: unknown[] = []
  for await (const { key } of sink.scan(POSTS.name)) ids.push(key[1])
  return ids.sort()
}

/** How the command begins: its name with the collection's, as text with its length. */
function updateOf(collection: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32LE(collection.length + 1)
  return Buffer.concat([Buffer.from("update\0"), length, Buffer.from(`${collection}\0`)])
}

function dropDatabase(): Promise<unknown> {
  return withClient((client) => client.db("millrace").dropDatabase())
}

function withCollection<T>(name: string, use: (collection: Collection<StoredDocument>) => Promise<T>): Promise<T> {
  return withClient((client) => use(client.db("millrace").collection<StoredDocument>(name)))
}

interface StoredDocument extends Document {
  readonly _id: string
}

async function withClient<T>(use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(server.url)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}
