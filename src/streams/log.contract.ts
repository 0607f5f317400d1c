/** What every Log keeps to (L1–L7), run by the memory and the NATS version. */

import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { laneOf } from "../wire/lane.ts"
import {
  type Log,
  LogAway,
  LogFull,
  type LogReader,
  LogRefused,
  Rewound,
  type Stored,
  Trimmed,
  WrongLast,
} from "./log.ts"
import { INGEST, TAKES } from "./names.ts"
import { planTopology, type StreamDeclaration } from "./topology.ts"

export interface LogUnderTest {
  readonly log: Log
  /** Lets that much of the log's time go by. */
  elapse(ms: number): Promise<void>
  close(): Promise<void>
}

const DUPLICATE_WINDOW_MS = 300
const NOTHING_FOR_MS = 50
const SOON_MS = 5_000

/** The topology's own, smaller: 20 messages in INGEST, 4 KiB in AUDIT, letters for a second. */
const STREAMS: readonly StreamDeclaration[] = planTopology({ generation: 1, diskBytes: 2 ** 30, replicas: 1 })
  .streams.map((stream) => ({ ...stream, duplicateWindowMs: DUPLICATE_WINDOW_MS }))
  .map((stream) => (stream.name === INGEST ? { ...stream, maxMessages: 20 } : stream))
  .map((stream) => (stream.name === "AUDIT" ? { ...stream, maxBytes: 4_096, denyPurge: false } : stream))
  .map((stream) => (stream.name === "DEAD" ? { ...stream, maxAgeMs: 1_000 } : stream))
  .map((stream) => (stream.name === "SHARDS_1" ? { ...stream, maxMessageBytes: 1_000 } : stream))

const bytes = (text: string) => new TextEncoder().encode(text)
const text = ({ body }: Stored) => new TextDecoder().decode(body)
const OUTBOX = "OUTBOX_1"

export function logContract(
  name: string,
  open: (streams: readonly StreamDeclaration[]) => Promise<LogUnderTest>,
): void {
  describe(`${name} as a log`, () => {
    let under: LogUnderTest
    let log: Log
    let readers: LogReader[] = []

    beforeEach(async () => {
      under = await open(STREAMS)
      log = under.log
      readers = []
    })
    afterEach(async () => {
      await Promise.all(readers.map((reader) => reader.close()))
      await under.close()
    })

    const append = (subject: string, body: string, more: { id?: string; expectLast?: number } = {}) =>
      log.append({ subject, body: bytes(body), ...more })
    const reading = async (stream: string, from: number, filter?: string) => {
      const reader = await log.read({ stream, from, ...(filter === undefined ? {} : { filter }) })
      readers.push(reader)
      return reader
    }
    /** Waits for that many, however they are cut up. */
    const take = async (reader: LogReader, count: number) => {
      const taken: Stored[] = []
      while (taken.length < count) {
        const some = await reader.next(count - taken.length, SOON_MS)
        expect(some.length, `only ${taken.length} of ${count} came`).toBeGreaterThan(0)
        taken.push(...some)
      }
      return taken
    }
    const failure = (action: Promise<unknown>) =>
      action.then(
        () => undefined,
        (error: unknown) => error,
      )

    test("what was acknowledged is read at its sequence, with subject, headers and body (L1)", async () => {
      const body = Uint8Array.from({ length: 256 }, (_, i) => i)
      const headers = { "Millrace-Id": "e1", traceparent: "00-ä-01" }
      const appended = await log.append({ subject: "outbox.1.0", body, headers })
      expect(appended).toEqual({ stream: OUTBOX, sequence: 1, duplicate: false })
      const [stored] = await take(await reading(OUTBOX, 1), 1)
      expect(stored).toMatchObject({ sequence: 1, subject: "outbox.1.0" })
      expect(stored?.headers).toMatchObject(headers)
      expect([...(stored?.body ?? [])]).toEqual([...body])
      expect(stored?.arrivedAt).toBeGreaterThan(1_500_000_000_000)
      expect(Number.isInteger(stored?.arrivedAt)).toBe(true)
    })

    test("a message without a body or headers is one, too (L1)", async () => {
      await log.append({ subject: "outbox.1.0", body: new Uint8Array(0) })
      const [stored] = await take(await reading(OUTBOX, 1), 1)
      expect(stored?.body).toHaveLength(0)
      expect(stored?.headers).toEqual({})
    })

    test("what is appended without waiting is stored in the order it was asked for (L2)", async () => {
      const all = await Promise.all(Array.from({ length: 200 }, (_, i) => append("outbox.1.0", `${i}`)))
      expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
      const stored = await take(await reading(OUTBOX, 1), 200)
      expect(stored.map(text)).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`))
    })

    test("a reader begins where it is told, gets at most what it asks for, then nothing (L2)", async () => {
      for (let i = 1; i <= 7; i++) await append("outbox.1.0", `${i}`)
      const reader = await reading(OUTBOX, 3)
      const first = await reader.next(2, SOON_MS)
      expect(first.length).toBeGreaterThan(0)
      expect(first.length).toBeLessThanOrEqual(2)
      const rest = await take(reader, 5 - first.length)
      expect([...first, ...rest].map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6, 7])
      const nothing = reader.next(10, NOTHING_FOR_MS)
      await under.elapse(NOTHING_FOR_MS)
      expect(await nothing).toEqual([])
    })

    test("a reader that waits is answered by what comes (L1)", async () => {
      const reader = await reading(OUTBOX, 1, "outbox.1.3")
      const waiting = reader.next(10, SOON_MS)
      await append("outbox.1.2", "not for it")
      await append("outbox.1.3", "for it")
      expect((await waiting).map(text)).toEqual(["for it"])
    })

    test("a reader with a filter sees its subject alone, in order (L2)", async () => {
      for (let i = 0; i < 30; i++) await append(`outbox.1.${i % 3}`, `${i}`)
      const stored = await take(await reading(OUTBOX, 1, "outbox.1.1"), 10)
      expect(stored.map(text)).toEqual(Array.from({ length: 10 }, (_, i) => `${i * 3 + 1}`))
      const wild = await take(await reading(OUTBOX, 4, "outbox.*.2"), 9)
      expect(wild[0]?.sequence).toBe(6)
    })

    test("many readers each see everything (L1)", async () => {
      const all = await Promise.all([1, 2, 3].map(() => reading(OUTBOX, 1)))
      for (let i = 0; i < 20; i++) await append("outbox.1.0", `${i}`)
      for (const reader of all) expect(await take(reader, 20)).toHaveLength(20)
    })

    test("closing a reader that waits ends its waiting", async () => {
      const reader = await reading(OUTBOX, 1)
      const waiting = reader.next(1, SOON_MS)
      await reader.close()
      expect(await waiting).toEqual([])
    })

    test("an idle reader says up to where nothing was for it (L2)", async () => {
      await append("outbox.1.0", "for it")
      for (let i = 0; i < 5; i++) await append("outbox.1.1", "for another")
      const reader = await reading(OUTBOX, 1, "outbox.1.0")
      expect(reader.upto).toBe(0)
      await take(reader, 1)
      for (let tries = 0; tries < 100 && reader.upto < 6; tries++) {
        const nothing = reader.next(1, NOTHING_FOR_MS)
        await under.elapse(NOTHING_FOR_MS)
        expect(await nothing).toEqual([])
      }
      expect(reader.upto).toBe(6)
      await append("outbox.1.0", "for it again")
      await take(reader, 1)
      expect(reader.upto).toBe(7)
    })

    test("a repeat of an id within the window is acknowledged at the first one's sequence, and not stored (L3)", async () => {
      await append("outbox.1.0", "other")
      const first = await append("outbox.1.0", "once", { id: "t/1" })
      const again = await append("outbox.1.0", "twice", { id: "t/1" })
      expect(again).toEqual({ stream: OUTBOX, sequence: first.sequence, duplicate: true })
      expect((await log.bounds(OUTBOX)).messages).toBe(2)
    })

    test("after the window an id is new again (L3)", async () => {
      await append("outbox.1.0", "once", { id: "t/1" })
      let again = await append("outbox.1.0", "again", { id: "t/1" })
      for (let tries = 0; tries < 50 && again.duplicate; tries++) {
        await under.elapse(DUPLICATE_WINDOW_MS)
        again = await append("outbox.1.0", "again", { id: "t/1" })
      }
      expect(again).toEqual({ stream: OUTBOX, sequence: 2, duplicate: false })
    })

    test("the fence takes an append only after the one it names (L4)", async () => {
      const first = await append("outbox.1.0", "a", { expectLast: 0 })
      await append("outbox.1.1", "another subject does not count")
      const second = await append("outbox.1.0", "b", { expectLast: first.sequence })
      expect(await failure(append("outbox.1.0", "zombie", { expectLast: first.sequence }))).toBeInstanceOf(WrongLast)
      expect(await failure(append("outbox.1.0", "zombie", { expectLast: 0 }))).toBeInstanceOf(WrongLast)
      expect(await failure(append("outbox.1.2", "early", { expectLast: 3 }))).toBeInstanceOf(WrongLast)
      const last = await log.last(OUTBOX, "outbox.1.0")
      expect(last).toMatchObject({ sequence: second.sequence, subject: "outbox.1.0" })
      expect((await log.bounds(OUTBOX)).messages).toBe(3)
    })

    test("of many appends behind the same fence exactly one is taken (L4)", async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => failure(append("outbox.1.0", `${i}`, { expectLast: 0 }))),
      )
      expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome instanceof WrongLast)).toHaveLength(19)
      expect((await log.bounds(OUTBOX)).messages).toBe(1)
    })

    test("a retry with the same id and fence is either a duplicate or WrongLast, and never stored twice (L3, L4)", async () => {
      const first = await append("outbox.1.0", "a", { id: "f1", expectLast: 0 })
      const again = await append("outbox.1.0", "a", { id: "f1", expectLast: 0 }).catch((error: unknown) => error)
      if (again instanceof Error) expect(again).toBeInstanceOf(WrongLast)
      else expect(again).toEqual({ ...first, duplicate: true })
      expect((await log.bounds(OUTBOX)).messages).toBe(1)
    })

    test("a log full of messages refuses and keeps what it has; after a trim it takes again (L5)", async () => {
      for (let i = 0; i < 20; i++) await append("ingest.t.liked.k", `${i}`)
      expect(await failure(append("ingest.t.liked.k", "too many"))).toBeInstanceOf(LogFull)
      expect(await log.bounds(INGEST)).toMatchObject({ first: 1, last: 20, messages: 20 })
      await log.trim(INGEST, 2)
      expect(await append("ingest.t.liked.k", "room again")).toMatchObject({ sequence: 21 })
    })

    test("a log full of bytes refuses and keeps what it has (L5)", async () => {
      const kib = "x".repeat(1_000)
      for (let i = 0; i < 3; i++) await append("audit.t", kib)
      expect(await failure(append("audit.t", kib))).toBeInstanceOf(LogFull)
      const { messages, bytes: held } = await log.bounds("AUDIT")
      expect(messages).toBe(3)
      expect(held).toBe(3 * (1_000 + "audit.t".length + 30))
      expect((await take(await reading("AUDIT", 1), 3)).map(({ sequence }) => sequence)).toEqual([1, 2, 3])
    })

    test("an id that a full log took before is still acknowledged as a duplicate (L3, L5)", async () => {
      for (let i = 0; i < 20; i++) await append("ingest.t.liked.k", `${i}`, { id: `${i}` })
      expect(await append("ingest.t.liked.k", "19", { id: "19" })).toMatchObject({ sequence: 20, duplicate: true })
    })

    test("a message that is too large is refused for good, and nothing is stored", async () => {
      expect(await failure(append("shard.1.0", "x".repeat(1_001)))).toBeInstanceOf(LogRefused)
      expect(await append("shard.1.0", "x".repeat(1_000))).toMatchObject({ sequence: 1 })
    })

    test("a subject that no stream takes is not acknowledged", async () => {
      const error = await failure(append("nobody.listens", "x"))
      expect(error instanceof LogRefused || error instanceof LogAway, String(error)).toBe(true)
    })

    test("reading what is not there fails for good", async () => {
      expect(await failure(log.bounds("NO_SUCH"))).toBeInstanceOf(LogRefused)
      expect(await failure(log.trim("NO_SUCH", 3))).toBeInstanceOf(LogRefused)
      expect(await failure(log.last("NO_SUCH", "x"))).toBeInstanceOf(LogRefused)
      expect(await failure(log.read({ stream: "NO_SUCH", from: 1 }))).toBeInstanceOf(LogRefused)
    })

    test("a reader below the first sequence fails with Trimmed, and says where the log begins (L6)", async () => {
      for (let i = 0; i < 10; i++) await append("outbox.1.0", `${i}`)
      await log.trim(OUTBOX, 6)
      expect(await log.bounds(OUTBOX)).toMatchObject({ first: 6, last: 10, messages: 5 })
      const trimmed = async (from: number) => {
        const error = await failure((async () => (await reading(OUTBOX, from)).next(10, SOON_MS))())
        expect(error).toBeInstanceOf(Trimmed)
        expect(error).toMatchObject({ first: 6, sequence: from })
      }
      await trimmed(1)
      await trimmed(5)
      expect(await take(await reading(OUTBOX, 6), 5)).toHaveLength(5)
    })

    test("a reader that was further than the log reaches fails with Rewound (L7)", async () => {
      for (let i = 0; i < 3; i++) await append("outbox.1.0", `${i}`)
      const error = await failure((async () => (await reading(OUTBOX, 10)).next(10, SOON_MS))())
      expect(error).toBeInstanceOf(Rewound)
      expect(error).toMatchObject({ last: 3 })
    })

    test("a log trimmed to nothing goes on where it was, and a reader at its end misses nothing (L2, L6)", async () => {
      for (let i = 0; i < 4; i++) await append("outbox.1.0", `${i}`)
      const reader = await reading(OUTBOX, 1)
      await take(reader, 4)
      await log.trim(OUTBOX, 5)
      expect(await log.bounds(OUTBOX)).toMatchObject({ first: 5, last: 4, messages: 0, bytes: 0 })
      expect(await append("outbox.1.0", "next")).toMatchObject({ sequence: 5 })
      expect((await take(reader, 1)).map(text)).toEqual(["next"])
    })

    test("a trim beyond the end removes what is there and no more", async () => {
      for (let i = 0; i < 4; i++) await append("outbox.1.0", `${i}`)
      await log.trim(OUTBOX, 1_000)
      expect(await append("outbox.1.0", "next")).toMatchObject({ sequence: 5 })
      expect(await log.bounds(OUTBOX)).toMatchObject({ first: 5, last: 5, messages: 1 })
    })

    test("a trim of one subject leaves the others, and the fence of what stays (L4)", async () => {
      for (let i = 0; i < 9; i++) await append(`outbox.1.${i % 3}`, `${i}`)
      await log.trim(OUTBOX, 8, "outbox.1.1")
      expect(await log.bounds(OUTBOX)).toMatchObject({ first: 1, messages: 7 })
      expect(await log.get(OUTBOX, 5)).toBeUndefined()
      expect(await log.last(OUTBOX, "outbox.1.1")).toMatchObject({ sequence: 8 })
      expect(await append("outbox.1.1", "fenced", { expectLast: 8 })).toMatchObject({ sequence: 10 })
    })

    test("one message is got by its sequence; what is not there is nothing", async () => {
      await append("outbox.1.0", "a")
      const { sequence } = await append("outbox.1.1", "b", { id: "x" })
      const got = await log.get(OUTBOX, sequence)
      expect(got).toMatchObject({ sequence, subject: "outbox.1.1", headers: { "Nats-Msg-Id": "x" } })
      expect(got === undefined ? "" : text(got)).toBe("b")
      expect(await log.get(OUTBOX, 99)).toBeUndefined()
      expect(await log.last(OUTBOX, "outbox.1.7")).toBeUndefined()
    })

    test("the last of a filter is the last of all it matches", async () => {
      for (const subject of ["outbox.1.0", "outbox.1.2", "outbox.1.1"]) await append(subject, subject)
      expect(await log.last(OUTBOX, "outbox.1.*")).toMatchObject({ sequence: 3, subject: "outbox.1.1" })
      expect(await log.last(OUTBOX, "outbox.>")).toMatchObject({ sequence: 3 })
      await log.trim(OUTBOX, 4, "outbox.1.1")
      expect(await log.last(OUTBOX, "outbox.1.*")).toMatchObject({ sequence: 2 })
      expect(await log.last(OUTBOX, "outbox.2.*")).toBeUndefined()
    })

    test("an event is stored in the lane of its tenant and key, without the key", async () => {
      for (const key of ["p1", "post%20é", "a-longer-key"]) {
        const { sequence } = await append(`ingest.acme.post_liked.${key}`, "{}")
        const stored = await log.get(INGEST, sequence)
        expect(stored?.subject).toBe(`log.${laneOf("acme", key)}.acme.post_liked`)
      }
    })

    test("what the transform does not match is kept as it came", async () => {
      for (const subject of ["ingest.acme.liked", "ingest.acme.liked.a.b"]) {
        const { sequence } = await append(subject, "{}")
        expect((await log.get(INGEST, sequence))?.subject).toBe(subject)
      }
      expect((await take(await reading(INGEST, 1, TAKES.ingest[0]), 2)).map(({ sequence }) => sequence)).toEqual([1, 2])
    })

    test("what is older than its stream keeps goes, and no more", async () => {
      await append("dead.1.0", "old")
      await append("outbox.1.0", "kept")
      for (let tries = 0; tries < 50 && (await log.bounds("DEAD")).messages > 0; tries++) await under.elapse(200)
      expect(await log.bounds("DEAD")).toMatchObject({ first: 2, last: 1, messages: 0 })
      expect((await log.bounds(OUTBOX)).messages).toBe(1)
    })
  })
}
