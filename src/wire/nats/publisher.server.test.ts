import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { LANES } from "../../base/limits.ts"
import { startTestNats, type TestServer } from "../../local/testing/servers.ts"
import { openNatsLog } from "../../streams/nats/log.ts"
import { applyTopology } from "../../streams/nats/topology.ts"
import { planTopology } from "../../streams/topology.ts"
import { laneOf, selectorFor } from "../lane.ts"
import { batchSubject, encodeKey, eventSubject, parseStored } from "../subject.ts"
import { connectNats, type NatsConnection } from "./connection.ts"
import { type Fields, makePublisher, type Publisher, type Reply } from "./publisher.ts"

const GIB = 1024 ** 3

let server: TestServer
let connection: NatsConnection
let publisher: Publisher

beforeAll(async () => {
  server = await startTestNats()
  connection = await connectNats({ url: server.url, name: "test" })
  const { generation, streams } = planTopology({ generation: 1, diskBytes: 2 * GIB, replicas: 1 })
  await applyTopology({ connection, declared: { generation, streams: streams.slice(0, 1) } })
  publisher = makePublisher(connection, { timeoutMs: 5_000 })
})
afterAll(async () => {
  publisher?.close()
  await connection?.close()
  await server?.stop()
})

const send = (subject: string, headers?: Fields, body = new Uint8Array([1]), by = publisher) =>
  new Promise<Reply>((resolve) => {
    let settledWithin = true
    by.send(subject, body, headers, (reply) => {
      expect(settledWithin).toBe(false)
      resolve(reply)
    })
    settledWithin = false
  })

describe("the publisher", () => {
  it("says stored, with the sequence, and duplicate for a repeated id", async () => {
    const first = await send(eventSubject("acme", "liked", "k"), { "Nats-Msg-Id": "acme/1" })
    expect(first).toMatchObject({ tag: "stored", stream: "INGEST", duplicate: false })
    const again = await send(eventSubject("acme", "liked", "k"), { "Nats-Msg-Id": "acme/1" })
    expect(again).toEqual({ ...first, duplicate: true })
  })

  it("passes a refusal on, with the server's number", async () => {
    const fenced = { "Nats-Expected-Last-Sequence": "999999" }
    expect(await send(eventSubject("acme", "liked", "k"), fenced)).toMatchObject({ tag: "rejected", code: 10071 })
  })

  it("refuses by itself what the connection cannot carry", async () => {
    const subject = eventSubject("acme", "liked", "k")
    expect(await send(subject, undefined, new Uint8Array(2_000_000))).toMatchObject({ tag: "rejected" })
    expect(await send("no subject")).toMatchObject({ tag: "rejected" })
    expect(await send(subject, { "Millrace-Id": "a\r\nb" })).toMatchObject({ tag: "rejected" })
    expect(publisher.inFlight).toBe(0)
  })

  it("says that nothing was stored where no stream listens", async () => {
    expect(await send("nobody.listens")).toMatchObject({ tag: "unknown", maybeStored: false })
  })

  it("settles thousands in flight once each, in one order of sequences", async () => {
    const replies = await Promise.all(
      Array.from({ length: 5_000 }, (_, i) => send(eventSubject("acme", "liked", `k${i}`))),
    )
    const sequences = replies.map((reply) => (reply.tag === "stored" ? reply.sequence : -1))
    expect(new Set(sequences).size).toBe(5_000)
    expect([...sequences].sort((a, b) => a - b)).toEqual(sequences)
  })

  it("gives up an answer that does not come in time", async () => {
    const silent = connection.subscribe("silent", { callback: () => {} })
    const hasty = makePublisher(connection, { timeoutMs: 30 })
    expect(await send("silent", undefined, undefined, hasty)).toMatchObject({ tag: "unknown", maybeStored: true })
    hasty.close()
    silent.unsubscribe()
  })
})

describe("after the publisher was closed", () => {
  let other: Publisher
  afterEach(() => other.close())

  it("what was in flight is unknown, and what follows was not sent", async () => {
    other = makePublisher(connection, { timeoutMs: 5_000 })
    const inFlight = send(eventSubject("acme", "liked", "k"), undefined, undefined, other)
    other.close()
    expect(await inFlight).toMatchObject({ tag: "unknown", maybeStored: true })
    const late = await send(eventSubject("acme", "liked", "k"), undefined, undefined, other)
    expect(late).toMatchObject({ tag: "unknown", maybeStored: false })
  })
})

describe("the lane of a key", () => {
  it("is the one where the server puts it, for thousands of keys", async () => {
    const tenants = ["acme", "default", "a", "ten_ant-9"]
    const words = ["größe", "日本語", "🙂", "a.b", "*", ">", "x y", "100%", "ann@example.com", "\u0007"]
    const sent = Array.from({ length: 4_000 }, (_, i) => {
      const tenant = tenants[i % tenants.length]!
      const token = encodeKey(`${words[i % words.length]}${i < 10 ? "" : i}`)
      return { subject: eventSubject(tenant, "liked", token), lane: laneOf(tenant, token) }
    })
    const batches = Array.from({ length: LANES }, (_, lane) => {
      return { subject: batchSubject("acme", selectorFor("acme", lane)), lane }
    })
    const wanted = new Map<number, number>()
    const stored = await Promise.all(
      [...sent, ...batches].map(async ({ subject, lane }) => ({ lane, reply: await send(subject) })),
    )
    for (const { lane, reply } of stored) wanted.set(reply.tag === "stored" ? reply.sequence : -1, lane)
    const log = await openNatsLog({ connection })
    const reader = await log.read({ stream: "INGEST", from: Math.min(...wanted.keys()) })
    for (let left = wanted.size; left > 0; ) {
      const messages = await reader.next(1_000, 5_000)
      for (const { sequence, subject } of messages)
        expect(parseStored(subject)).toMatchObject({ lane: wanted.get(sequence) })
      expect(messages.length).toBeGreaterThan(0)
      left -= messages.length
    }
    await reader.close()
    await log.close()
  })
})

describe("when the server goes", () => {
  it("what is in flight is unknown at once, and it goes on after the server is back", async () => {
    const silent = connection.subscribe("silent", { callback: () => {} })
    const inFlight = send("silent")
    await connection.flush()
    await server.kill9()
    expect(await inFlight).toMatchObject({ tag: "unknown", maybeStored: true })
    expect(await send(eventSubject("acme", "liked", "k"))).toMatchObject({ tag: "unknown", maybeStored: false })
    silent.unsubscribe()
    await server.restart()
    await expect
      .poll(() => send(eventSubject("acme", "liked", "k")), { timeout: 20_000 })
      .toMatchObject({ tag: "stored" })
  })
})
