import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import { Misuse } from "../../base/errors.ts"
import { startTestNats, type TestServer } from "../../local/testing/servers.ts"
import { connectNats, type NatsConnection } from "../../wire/nats/connection.ts"
import { planTopology, type StreamDeclaration, type Topology } from "../topology.ts"
import { openNatsLog } from "./log.ts"
import { openSession, type Session } from "./session.ts"
import { applyTopology, diffTopology } from "./topology.ts"

let server: TestServer
let connection: NatsConnection
let session: Session

beforeAll(async () => {
  server = await startTestNats()
})
afterAll(async () => {
  await server?.stop()
})
beforeEach(async () => {
  connection = await connectNats({ url: server.url, name: "test" })
  session = await openSession(connection)
})
afterEach(async () => {
  for await (const { config } of session.manager.streams.list()) await session.manager.streams.delete(config.name)
  await connection.close()
})

const plan = (generation = 1) => planTopology({ generation, diskBytes: 2 ** 30, replicas: 1 })
const but = (topology: Topology, name: string, changed: Partial<StreamDeclaration>): Topology => ({
  ...topology,
  streams: topology.streams.map((stream) => (stream.name === name ? { ...stream, ...changed } : stream)),
})
const apply = (declared: Topology, over = connection) => applyTopology({ connection: over, declared })

test("applied to an empty server it creates everything; applied again it changes nothing", async () => {
  const first = await apply(plan())
  expect(first.map(({ kind }) => kind)).toEqual(plan().streams.map(() => "create"))
  expect(await diffTopology({ connection, declared: plan() })).toEqual([])
  expect(await apply(plan())).toEqual([])
})

test("a harmless change is made, and nothing else is touched", async () => {
  await apply(plan())
  const wider = but(plan(), "DEAD", { maxBytes: 100_000_000, duplicateWindowMs: 10_000, compression: "none" })
  const changes = await apply(wider)
  expect(changes).toMatchObject([
    { kind: "update", stream: "DEAD", field: "maxBytes", wanted: 100_000_000 },
    { kind: "update", stream: "DEAD", field: "duplicateWindowMs", wanted: 10_000 },
    { kind: "update", stream: "DEAD", field: "compression", is: "s2", wanted: "none" },
  ])
  expect(await diffTopology({ connection, declared: wider })).toEqual([])
})

test("a change that would lose data is refused, with every reason, before anything is changed", async () => {
  await apply(plan())
  const log = await openNatsLog({ connection })
  for (let i = 0; i < 10; i++) await log.append({ subject: "ingest.t.liked.k", body: new Uint8Array(1_000) })
  await log.append({ subject: "dead.1.0", body: new Uint8Array(10) })
  const narrow = but(but(plan(), "INGEST", { maxBytes: 5_000, subjects: ["ingest.>"] }), "DEAD", { maxAgeMs: 60_000 })
  const lossy = but(narrow, "AUDIT", { maxBytes: 100_000_000 })
  const error = await apply(lossy).catch((refusal: unknown) => refusal)
  expect(error).toBeInstanceOf(Misuse)
  expect(String(error)).toMatch(/INGEST: subjects .* refused: nothing would take log\.\*\._tick any more/)
  expect(String(error)).toMatch(/INGEST: maxBytes is \d+, declared 5000; refused: \d+ bytes are stored already/)
  expect(String(error)).toMatch(/DEAD: maxAgeMs .* refused/)
  expect(await diffTopology({ connection, declared: plan() })).toEqual([])
  expect(await log.bounds("INGEST")).toMatchObject({ first: 1, messages: 10 })
  await log.close()
})

test("three that apply at once do not collide, and together create each stream once", async () => {
  const connections = await Promise.all([1, 2, 3].map(() => connectNats({ url: server.url, name: "test" })))
  try {
    const all = await Promise.all(connections.map((each) => apply(plan(), each)))
    for (const { name } of plan().streams) {
      const creators = all.flat().filter((change) => change.kind === "create" && change.stream === name)
      expect(creators.length, name).toBeGreaterThanOrEqual(1)
    }
    expect(await diffTopology({ connection, declared: plan() })).toEqual([])
  } finally {
    await Promise.all(connections.map((each) => each.close()))
  }
})

test("a next generation's streams come beside those of the one before, which are told and left alone", async () => {
  await apply(plan(1))
  const changes = await apply(plan(2))
  expect(changes.filter(({ kind }) => kind === "create").map(({ stream }) => stream)).toEqual([
    "SHARDS_2",
    "OUTBOX_2",
    "KV_state_2",
  ])
  const unknown = changes.filter(({ kind }) => kind === "unknown").map(({ stream }) => stream)
  expect(unknown.toSorted()).toEqual(["KV_state_1", "OUTBOX_1", "SHARDS_1"])
})

test("foreign streams and buckets are neither changed nor mentioned", async () => {
  await session.manager.streams.add({ name: "ORDERS", subjects: ["orders.>"] })
  await apply(plan())
  expect(await diffTopology({ connection, declared: plan() })).toEqual([])
  expect((await session.manager.streams.info("ORDERS")).config.subjects).toEqual(["orders.>"])
})

test("a subject that a foreign stream already takes is a refusal that names the stream", async () => {
  await session.manager.streams.add({ name: "ORDERS", subjects: ["ingest.>"] })
  await expect(apply(plan())).rejects.toThrow(/INGEST: subjects overlap with an existing stream/)
})

test("more than the server has room for is a refusal that says what to set", async () => {
  const huge = planTopology({ generation: 1, diskBytes: 2 ** 43, replicas: 1 })
  await expect(apply(huge)).rejects.toThrow(/INGEST: the server has no room .*MILLRACE_DISK_BYTES/)
})

test("copies that a single server cannot keep are refused", async () => {
  const replicated = planTopology({ generation: 1, diskBytes: 2 ** 30, replicas: 3 })
  await expect(apply(replicated)).rejects.toThrow(/replicas > 1 not supported in non-clustered mode/)
})
