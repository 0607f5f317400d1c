import { afterAll, beforeAll, expect, test } from "vitest"
import { sleep, systemClock } from "../../base/clock.ts"
import { DISK_LOOK_EVERY_MS } from "../../base/limits.ts"
import { silentLogger } from "../../base/log.ts"
import { startTestNats, type TestServer } from "../../local/testing/servers.ts"
import { connectNats, type NatsConnection } from "../../wire/nats/connection.ts"
import { makePublisher } from "../../wire/nats/publisher.ts"
import { DiskGuard, type Door } from "../disk.guard.ts"
import type { DiskSpace } from "../disk.ts"
import { LogAway, LogFull } from "../log.ts"
import { INGEST } from "../names.ts"
import { planTopology } from "../topology.ts"
import { natsDoor } from "./door.ts"
import { type NatsLog, openNatsLog } from "./log.ts"
import { openSession } from "./session.ts"
import { applyTopology, diffTopology } from "./topology.ts"

const declared = planTopology({ generation: 1, diskBytes: 2 ** 30, replicas: 1 })
const [ingest] = declared.streams
const GIB = 1024 ** 3
const PUBLISHERS = 4
const PAUSE_MS = 200
const STORE_FAILED = 10077

let server: TestServer
let connection: NatsConnection
let log: NatsLog
let door: Door

beforeAll(async () => {
  server = await startTestNats()
  connection = await connectNats({ url: server.url, name: "test" })
  await applyTopology({ connection, declared })
  log = await openNatsLog({ connection })
  door = natsDoor(await openSession(connection), ingest!)
})
afterAll(async () => {
  await log?.close()
  await connection?.close()
  await server?.stop()
})

const message = (publisher: number, i: number) => ({
  subject: `ingest.t.liked.k${publisher}`,
  body: new TextEncoder().encode(`${publisher} ${i}`),
  id: `t/${publisher}.${i}`,
})

/** Publishes until told to stop, pressing on while it is refused; what was acknowledged, and how often it was refused. */
async function press(publisher: number, stop: AbortSignal) {
  const stored = new Map<number, string>()
  let refused = 0
  for (let i = 0; !stop.aborted; i++) {
    const outgoing = message(publisher, i)
    try {
      stored.set((await log.append(outgoing)).sequence, `${publisher} ${i}`)
    } catch (error) {
      expect(error).toBeInstanceOf(LogFull)
      refused++
      await sleep(systemClock, 1)
    }
  }
  return { stored, refused }
}

async function everythingStored(): Promise<Map<number, string>> {
  const { first, last } = await log.bounds(INGEST)
  expect(first).toBe(1)
  const reader = await log.read({ stream: INGEST, from: 1 })
  const found = new Map<number, string>()
  while (found.size < last) {
    for (const { sequence, body } of await reader.next(1_000, 1_000))
      found.set(sequence, new TextDecoder().decode(body))
  }
  await reader.close()
  return found
}

/** The server was killed under the shared connection: it has to come back first. */
async function backAgain(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const outcome = await log.bounds(INGEST).catch((error: unknown) => error)
    if (!(outcome instanceof LogAway)) return
    await sleep(systemClock, PAUSE_MS)
  }
}

test("the door closes and opens under traffic: refused while closed, and nothing acknowledged is lost (D1, D2)", async () => {
  const stop = new AbortController()
  const pressing = Array.from({ length: PUBLISHERS }, (_, publisher) => press(publisher, stop.signal))
  for (let swings = 0; swings < 3; swings++) {
    await sleep(systemClock, PAUSE_MS)
    await door.close("disk")
    expect(await door.isOpen()).toBe(false)
    const { last, messages } = await log.bounds(INGEST)
    expect(messages).toBe(last)
    await sleep(systemClock, PAUSE_MS)
    expect(await log.bounds(INGEST)).toMatchObject({ last, messages: last })
    await door.open()
  }
  await sleep(systemClock, PAUSE_MS)
  stop.abort()
  const all = await Promise.all(pressing)
  for (const { refused, stored } of all) {
    expect(refused).toBeGreaterThan(0)
    expect(stored.size).toBeGreaterThan(0)
  }
  const acknowledged = new Map(all.flatMap(({ stored }) => [...stored]))
  expect(await everythingStored()).toEqual(acknowledged)
})

test("while it is closed a stranger hears 10077, other streams take on, and a kill loses nothing (D2)", async () => {
  await log.append(message(9, 1))
  const before = await log.bounds(INGEST)
  await door.close("disk")
  const publisher = makePublisher(connection, { timeoutMs: 5_000 })
  const heard = new Promise((resolve) => publisher.send("ingest.t.liked.k", new Uint8Array(1), undefined, resolve))
  expect(await heard).toMatchObject({ tag: "rejected", code: STORE_FAILED, status: 503 })
  publisher.close()
  await log.append({ subject: "outbox.1.0", body: new Uint8Array(1) })
  await server.kill9()
  await server.restart()
  const again = await connectNats({ url: server.url, name: "test" })
  const after = await openNatsLog({ connection: again })
  expect(await after.bounds(INGEST)).toEqual(before)
  await expect(after.append(message(9, 2))).rejects.toBeInstanceOf(LogFull)
  expect(await diffTopology({ connection: again, declared })).toEqual([
    { kind: "closed", stream: INGEST, because: "disk" },
  ])
  await after.close()
  await again.close()
  await backAgain()
})

test("applying the topology leaves a closed door closed, and changes what else is to be changed", async () => {
  const wider = {
    ...declared,
    streams: declared.streams.map((stream) =>
      stream.name === INGEST ? { ...stream, duplicateWindowMs: 10_000 } : stream,
    ),
  }
  expect(await applyTopology({ connection, declared: wider })).toMatchObject([
    { kind: "update", field: "duplicateWindowMs" },
    { kind: "closed", stream: INGEST },
  ])
  expect(await door.isOpen()).toBe(false)
  await expect(log.append(message(9, 3))).rejects.toBeInstanceOf(LogFull)
  await applyTopology({ connection, declared })
})

test("a guard opens what a dead one left closed, closes when the disk runs full, and opens again (D1, D3)", async () => {
  expect(await door.isOpen()).toBe(false)
  const disk: DiskSpace = { freeBytes: 50 * GIB, totalBytes: 100 * GIB }
  let freeBytes = disk.freeBytes
  const guard = new DiskGuard({ door, look: async () => ({ ...disk, freeBytes }), logger: silentLogger })
  await guard.start()
  expect(await door.isOpen()).toBe(true)
  await log.append(message(9, 4))
  const becomes = async (open: boolean) => {
    for (let tries = 0; tries < 20 && (await door.isOpen()) !== open; tries++) {
      await sleep(systemClock, DISK_LOOK_EVERY_MS / 4)
    }
    return (await door.isOpen()) === open
  }
  freeBytes = GIB / 4
  expect(await becomes(false)).toBe(true)
  await expect(log.append(message(9, 5))).rejects.toBeInstanceOf(LogFull)
  freeBytes = 50 * GIB
  expect(await becomes(true)).toBe(true)
  await log.append(message(9, 5))
  await guard.stop()
  expect(await diffTopology({ connection, declared })).toEqual([])
})
