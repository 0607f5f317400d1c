import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { sleep, systemClock } from "../../base/clock.ts"
import { READ_AHEAD_MESSAGES_MAX } from "../../base/limits.ts"
import { startTestNats, type TestServer } from "../../local/testing/servers.ts"
import { connectNats, type NatsConnection } from "../../wire/nats/connection.ts"
import { type Log, LogAway, type LogReader, type Stored, Trimmed } from "../log.ts"
import { planTopology } from "../topology.ts"
import { type NatsLog, openNatsLog } from "./log.ts"
import { openSession } from "./session.ts"
import { applyTopology } from "./topology.ts"

let server: TestServer
let connection: NatsConnection
let log: NatsLog

beforeAll(async () => {
  server = await startTestNats()
  connection = await connectNats({ url: server.url, name: "test" })
  await applyTopology({ connection, declared: planTopology({ generation: 1, diskBytes: 2 ** 30, replicas: 1 }) })
})
afterAll(async () => {
  await log?.close()
  await connection?.close()
  await server?.stop()
})
beforeEach(async () => {
  await log?.close()
  log = await openNatsLog({ connection })
})

const RETRY_MS = 50
const WAIT_MS = 200
const GIVE_UP_MS = 60_000

/** Appends in order until told to stop, and again with the same id whenever it is not known whether it went through. */
async function appendUntil(stopped: AbortSignal, into: Log, subject: string): Promise<number[]> {
  const sequences: number[] = []
  for (let i = 0; !stopped.aborted; i++) {
    const message = { subject, body: new TextEncoder().encode(`${i}`), id: `restart/${subject}/${i}` }
    for (;;) {
      try {
        sequences.push((await into.append(message)).sequence)
        break
      } catch (error) {
        expect(error).toBeInstanceOf(LogAway)
        await sleep(systemClock, RETRY_MS)
      }
    }
  }
  return sequences
}

async function readUpTo(last: () => number, reader: LogReader): Promise<Stored[]> {
  const read: Stored[] = []
  const until = systemClock.monotonicMs() + GIVE_UP_MS
  while ((read.at(-1)?.sequence ?? 0) < last()) {
    expect(systemClock.monotonicMs(), "reading did not catch up").toBeLessThan(until)
    read.push(...(await reader.next(100, WAIT_MS)))
  }
  return read
}

/** The stream's only reader holds all it has room for, and asks for no more. */
async function pausedForWantOfRoom(stream: string): Promise<void> {
  const { manager } = await openSession(connection)
  for (let tries = 0; tries < 100; tries++) {
    for await (const { num_waiting, delivered } of manager.consumers.list(stream)) {
      if (num_waiting === 0 && delivered.consumer_seq === READ_AHEAD_MESSAGES_MAX) return
    }
    await sleep(systemClock, RETRY_MS)
  }
  throw new Error("the reader never paused")
}

test("across two kills of the server readers see no gap and no repeat, filtered or not, and every append is there", async () => {
  const whole = await log.read({ stream: "OUTBOX_1", from: 1 })
  const filtered = await log.read({ stream: "OUTBOX_1", from: 1, filter: "outbox.1.1" })
  let last = Number.POSITIVE_INFINITY
  const wholeRead = readUpTo(() => last, whole)
  const stop = new AbortController()
  const appending = ["outbox.1.0", "outbox.1.1"].map((subject) => appendUntil(stop.signal, log, subject))
  for (let kills = 0; kills < 2; kills++) {
    await sleep(systemClock, 300)
    await server.kill9()
    await sleep(systemClock, 300)
    await server.restart()
  }
  await sleep(systemClock, 300)
  stop.abort()
  const [zero = [], one = []] = await Promise.all(appending)
  last = (await log.bounds("OUTBOX_1")).last
  const read = await wholeRead
  expect(read.map(({ sequence }) => sequence)).toEqual(Array.from({ length: last }, (_, i) => i + 1))
  expect([...zero, ...one].toSorted((a, b) => a - b)).toEqual(read.map(({ sequence }) => sequence))
  const lastOfOne = one.at(-1) ?? 0
  const filteredRead = await readUpTo(() => lastOfOne, filtered)
  expect(filteredRead.map(({ sequence }) => sequence)).toEqual(one)
  expect(one.length).toBeGreaterThan(10)
})

test("a consumer that the server lost is replaced, and reading goes on where it was", async () => {
  await log.append({ subject: "shard.1.0", body: new Uint8Array(1) })
  const reader = await log.read({ stream: "SHARDS_1", from: 1 })
  expect(await reader.next(1, WAIT_MS * 10)).toHaveLength(1)
  const { manager } = await openSession(connection)
  for await (const { name } of manager.consumers.list("SHARDS_1")) await manager.consumers.delete("SHARDS_1", name)
  await log.append({ subject: "shard.1.0", body: new Uint8Array(2) })
  const read = await readUpTo(() => 2, reader)
  expect(read.map(({ sequence, body }) => [sequence, body.length])).toEqual([[2, 2]])
})

test.each([undefined, "dead.1.0"])(
  "what was trimmed ahead of a slow reader (filter %s) is Trimmed, not a gap",
  async (filter) => {
    const from = (await log.bounds("DEAD")).last + 1
    const count = READ_AHEAD_MESSAGES_MAX + 2_000
    const body = new Uint8Array(1)
    await Promise.all(Array.from({ length: count }, () => log.append({ subject: "dead.1.0", body })))
    const reader = await log.read({ stream: "DEAD", from, ...(filter === undefined ? {} : { filter }) })
    let read = (await reader.next(1, WAIT_MS * 10)).length
    await pausedForWantOfRoom("DEAD")
    await log.trim("DEAD", from + count - 100)
    const draining = async () => {
      for (;;) {
        const some = await reader.next(100, WAIT_MS)
        for (const { sequence } of some) expect(sequence).toBe(from + read++)
      }
    }
    const outcome = await draining().catch((error: unknown) => error)
    expect(outcome).toBeInstanceOf(Trimmed)
    expect(outcome).toMatchObject({ first: from + count - 100 })
    expect(reader.upto).toBe(from + read - 1)
    expect(read).toBe(READ_AHEAD_MESSAGES_MAX)
    await reader.close()
  },
)
