import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { sleep, systemClock } from "../base/clock.ts"
import type { Stored } from "../streams/log.ts"
import { decodeBatch } from "../wire/batch.ts"
import { laneOf } from "../wire/lane.ts"
import { decodePosition } from "../wire/position.ts"
import { encodeKey, parseStored } from "../wire/subject.ts"
import type { Client } from "./client.ts"
import { connect } from "./connect.ts"
import type { EventToPublish, Receipt } from "./event.ts"
import { type LogOfRecord, startLogOfRecord } from "./testing/log-of-record.ts"

let log: LogOfRecord
let client: Client | undefined

beforeAll(async () => {
  log = await startLogOfRecord()
})
afterEach(() => client?.close())
afterAll(() => log?.stop())

const viewed = (n: number, run: string): EventToPublish => {
  const pageId = `/page ${n % 500}.html`
  return {
    type: "page_viewed",
    key: pageId,
    data: { pageId, n, run, userId: `user-${n}`, region: "eu", loadMs: n % 97 },
  }
}

interface Found {
  readonly id: string
  readonly n: number
  readonly lane: number
  readonly sequence: number
}

/** What a run left in the log, in the log's order. */
function found(messages: readonly Stored[], run: string): Found[] {
  return messages.flatMap(({ subject, sequence, headers, body }) => {
    const at = parseStored(subject)
    if (at?.tag === "batch") {
      const read = decodeBatch(body)
      if (read.tag === "bad") throw new Error(read.reason)
      return read.events
        .filter(({ data }) => data.run === run)
        .map(({ id, data }) => ({ id, n: Number(data.n), lane: at.lane, sequence }))
    }
    if (at?.tag !== "event") return []
    const data: unknown = JSON.parse(Buffer.from(body).toString())
    if (Reflect.get(Object(data), "run") !== run) return []
    const id = Object.entries(headers).find(([name]) => name.toLowerCase() === "millrace-id")?.[1] ?? ""
    return [{ id, n: Number(Reflect.get(Object(data), "n")), lane: at.lane, sequence }]
  })
}

describe.for(["batched", "single"] as const)("%s messages", (messages) => {
  it("are in the log where their receipts say, each event once and in its lane", async () => {
    client = await connect({ url: log.server.url, tenant: "acme", messages })
    const receipts = await client.publishAll(Array.from({ length: 3_000 }, (_, n) => viewed(n, messages)))
    const events = new Map(found(await log.all(), messages).map((event) => [event.id, event]))
    expect(events.size).toBe(3_000)
    for (const [n, { id, position }] of receipts.entries()) {
      const lane = laneOf("acme", encodeKey(viewed(n, messages).key))
      expect(events.get(id)).toMatchObject({ n, lane })
      expect(decodePosition(position)).toEqual(new Map([[lane, events.get(id)!.sequence]]))
    }
  })

  it("survive a killed server: what was acknowledged is there once, and keys keep their order", async () => {
    const publisher = await connect({ url: log.server.url, tenant: "acme", messages, inFlightEventsMax: 2_000 })
    client = publisher
    const run = `${messages} killed`
    const receipts: Receipt[] = []
    let publishing = true
    const all = (async () => {
      for (let n = 0; publishing; n += 100) {
        receipts.push(...(await publisher.publishAll(Array.from({ length: 100 }, (_, i) => viewed(n + i, run)))))
      }
    })()
    for (let kills = 0; kills < 2; kills++) {
      const before = receipts.length
      await expect.poll(() => receipts.length, { timeout: 30_000 }).toBeGreaterThan(before + 500)
      await log.server.kill9()
      await sleep(systemClock, 300)
      await log.server.restart()
    }
    const after = receipts.length
    await expect.poll(() => receipts.length, { timeout: 30_000 }).toBeGreaterThan(after + 500)
    publishing = false
    await all
    const events = found(await log.all(), run)
    expect(publisher.stats().retries).toBeGreaterThan(0)
    expect(events.length).toBe(receipts.length)
    expect(new Set(events.map(({ id }) => id))).toEqual(new Set(receipts.map(({ id }) => id)))
    const last = new Map<number, number>()
    for (const { n } of events) {
      expect(n).toBeGreaterThan(last.get(n % 500) ?? -1)
      last.set(n % 500, n)
    }
  })
})

it("an event too large for the server's messages is refused before it is sent", async () => {
  client = await connect({ url: log.server.url, tenant: "acme", messages: "single" })
  const tooLarge = { type: "page_viewed", key: "k", data: { text: "x".repeat(1_100_000) } }
  await expect(client.publish(tooLarge)).rejects.toMatchObject({ why: "too_large", maybeStored: false })
  expect(client.stats().messages).toBe(0)
})

describe("a log that is full", () => {
  let small: LogOfRecord
  beforeAll(async () => {
    small = await startLogOfRecord(1_000_000)
  })
  afterAll(() => small?.stop())

  it("pushes back, loses nothing, and goes on once there is room", async () => {
    const publisher = await connect({ url: small.server.url, tenant: "acme", messages: "single" })
    client = publisher
    const receipts = publisher.publishAll(Array.from({ length: 6_000 }, (_, n) => viewed(n, "full")))
    await expect.poll(() => publisher.stats().full, { timeout: 20_000 }).toBeGreaterThan(0)
    const kept = found(await small.all(), "full")
    expect(publisher.stats().stored).toBeLessThan(6_000)
    await small.trimAll()
    const ids = new Set(kept.map(({ id }) => id))
    for (const { id } of await receipts.catch((error: unknown) => expect.fail(String(error)))) ids.add(id)
    expect(ids.size).toBe(6_000)
    expect(publisher.stats()).toMatchObject({ failed: 0, stored: 6_000 })
  })
})
