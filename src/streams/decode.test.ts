import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { event } from "../define/event.ts"
import { registryOf } from "../define/registry.ts"
import { type EventToPack, encodeBatch } from "../wire/batchbuilder.ts"
import { pack } from "../wire/pack.ts"
import { DECODE_LIMITS } from "./decode.outcome.ts"
import { REASONS, reasonHint, reasonText } from "./decode.reasons.ts"
import { decodeMessage } from "./decode.ts"
import type { Stored } from "./log.ts"

const S = Schema.String
const Liked = event("liked", { version: 1, key: "postId", data: Schema.Struct({ postId: S, userId: S }) })
const Read = event("read", {
  version: 2,
  key: "id",
  data: Schema.Struct({ id: S, at: Schema.Date, tags: Schema.Array(S) }),
  from: {
    1: {
      data: Schema.Struct({ name: S, at: Schema.Finite }),
      up: (old) => {
        if (old.at < 0) throw new Error("no such time")
        return { id: old.name, at: new Date(old.at), tags: [] }
      },
    },
  },
})
const registry = registryOf([Liked, Read])
const ARRIVED = Date.UTC(2026, 0, 1)

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const stored = (subject: string, body: Uint8Array, headers: Stored["headers"] = {}): Stored => ({
  sequence: 7,
  subject,
  arrivedAt: ARRIVED,
  headers,
  body,
})
const decode = (message: Stored) => decodeMessage(registry, DECODE_LIMITS, message)
const single = (body: Uint8Array, headers?: Stored["headers"], subject = "log.3.acme.liked") =>
  decode(stored(subject, body, headers))
const like = { postId: "p1", userId: "u1" }

function batch(events: readonly Partial<EventToPack>[]): Stored {
  const whole = events.map((each) => ({
    type: "liked",
    schemaVersion: undefined,
    id: undefined,
    timeMs: undefined,
    data: like,
    ...each,
  }))
  const built = encodeBatch("b1", whole)
  if (built.tag === "bad") throw new Error(built.reason)
  return stored("log.3.acme._batch", built.bytes)
}

test("a JSON message without headers takes id and time from its place in the log", () => {
  const { events, rejected } = single(json({ ...like, more: 1 }))
  expect(rejected).toEqual([])
  expect(events).toEqual([
    {
      tenant: "acme",
      type: "liked",
      schemaVersion: 1,
      version: 1,
      id: "log.3.7",
      time: ARRIVED,
      key: "p1",
      data: like,
      index: 0,
    },
  ])
})

test("headers give id, time and version, whatever their case; MessagePack is read where it is named", () => {
  const headers = {
    "millrace-id": "e1",
    "MILLRACE-TIME": "2025-12-31T23:59:59Z",
    "content-type": "application/msgpack",
  }
  const { events } = single(pack(like), headers)
  expect(events).toMatchObject([{ id: "e1", time: ARRIVED - 1000, data: like }])
})

test("an older version is raised to the current one; without a version the pinned one is read", () => {
  const body = json({ name: "n", at: 5 })
  const want = [{ schemaVersion: 1, version: 2, key: "n", data: { id: "n", at: new Date(5), tags: [] } }]
  expect(single(body, {}, "log.3.acme.read").events).toMatchObject(want)
  expect(single(body, { "Millrace-Schema": "1" }, "log.3.acme.read").events).toMatchObject(want)
  const now = json({ id: "n", at: "1970-01-01T00:00:00.005Z", tags: ["x"] })
  expect(single(now, { "Millrace-Schema": "2" }, "log.3.acme.read").events).toMatchObject([{ data: { tags: ["x"] } }])
})

test("a tick holds no event", () => {
  expect(decode(stored("log.3._tick", new Uint8Array()))).toEqual({ events: [], rejected: [] })
})

const bytes = (text: string) => Buffer.from(text)
const rejections: readonly [string, Stored, keyof typeof REASONS][] = [
  ["a stray", stored("ingest.acme.liked", json(like)), "stray"],
  ["a subject that is none of ours", stored("log.99.acme.liked", json(like)), "stray"],
  ["a bad tenant", stored("log.3.ac/me.liked", json(like)), "bad-tenant"],
  ["a bad time header", stored("log.3.acme.liked", json(like), { "Millrace-Time": "yesterday" }), "bad-headers"],
  ["an empty id", stored("log.3.acme.liked", json(like), { "Millrace-Id": "" }), "bad-headers"],
  ["an unknown type", stored("log.3.acme.loved", json(like)), "unknown-type"],
  ["a reserved type", stored("log.3.acme._x", json(like)), "unknown-type"],
  ["an unknown version", stored("log.3.acme.liked", json(like), { "Millrace-Schema": "9" }), "unknown-version"],
  ["an event beyond the bound", stored("log.3.acme.liked", Buffer.alloc(262_145, 32)), "oversized"],
  ["no JSON", stored("log.3.acme.liked", bytes("{")), "undecodable"],
  ["no UTF-8", stored("log.3.acme.liked", Buffer.from([0x22, 0xff, 0x22])), "undecodable"],
  ["an empty body", stored("log.3.acme.liked", bytes("")), "undecodable"],
  ["no MessagePack", stored("log.3.acme.liked", bytes("{}"), { "Content-Type": "application/msgpack" }), "undecodable"],
  ["a batch that is none", stored("log.3.acme._batch", bytes("{}")), "bad-batch"],
  [
    "a time too far ahead of arrival",
    stored("log.3.acme.liked", json(like), { "Millrace-Time": String(ARRIVED + 600_001) }),
    "time-ahead",
  ],
  ["a time before 1970", stored("log.3.acme.liked", json(like), { "Millrace-Time": "-1" }), "time-too-early"],
  ["a missing field", stored("log.3.acme.liked", json({ postId: "p" })), "invalid"],
  ["no object", stored("log.3.acme.liked", json(null)), "invalid"],
  ["a NUL", stored("log.3.acme.liked", json({ postId: "p", userId: "a\0" })), "bad-text"],
  ["half a surrogate pair", stored("log.3.acme.liked", bytes('{"postId":"p","userId":"\\ud800"}')), "bad-text"],
  ["an empty key", stored("log.3.acme.liked", json({ postId: "", userId: "u" })), "bad-key"],
  ["a way up that throws", stored("log.3.acme.read", json({ name: "n", at: -1 })), "failed-up"],
  ["a way up that gives a wrong value", stored("log.3.acme.read", json({ name: "n", at: 1e300 })), "failed-up"],
]
test.each(rejections)("%s is rejected with its reason and bytes", (_, message, tag) => {
  const { events, rejected } = decode(message)
  expect(events).toEqual([])
  expect(rejected.map(({ reason }) => reason.tag)).toEqual([tag])
  const { reason, sequence, body, bodyBytes } = rejected[0]!
  expect([sequence, bodyBytes]).toEqual([7, message.body.length])
  expect(body.length).toBe(Math.min(message.body.length, DECODE_LIMITS.eventBytesMax))
  expect(reasonText(reason).length).toBeGreaterThan(5)
  expect(reasonHint(reason).length).toBeGreaterThan(5)
})

test("every reason but a bad id of a batch is met above", () => {
  const met = new Set<string>(rejections.map(([, , tag]) => tag))
  expect(Object.keys(REASONS).filter((tag) => !met.has(tag))).toEqual(["bad-id"])
})

test("an event at the edge of the future is taken", () => {
  expect(single(json(like), { "Millrace-Time": String(ARRIVED + 600_000) }).events).toHaveLength(1)
})

test("issues name the path, and are bounded", () => {
  const tags = Array.from({ length: 50 }, () => 1)
  const at = "1970-01-01T00:00:00.005Z"
  const { rejected } = single(json({ id: "n", at, tags }), { "Millrace-Schema": "2" }, "log.3.acme.read")
  const { reason } = rejected[0]!
  expect(reason).toMatchObject({ tag: "invalid" })
  if (reason.tag !== "invalid") return
  expect(reason.issues[0]?.path).toBe("tags.0")
  expect(reason.issues).toHaveLength(8)
})

test("a batch gives its events in order, whatever their types, with ids of the batch and times of arrival", () => {
  const { events, rejected } = decode(
    batch([
      { id: "own", timeMs: 5 },
      { type: "read", data: { name: "n", at: 1 } },
      { data: { ...like, postId: "p2" } },
    ]),
  )
  expect(rejected).toEqual([])
  expect(events.map(({ id, type, key, time, index, version }) => [id, type, key, time, index, version])).toEqual([
    ["own", "liked", "p1", 5, 0, 1],
    ["b1.1", "read", "n", ARRIVED, 1, 2],
    ["b1.2", "liked", "p2", ARRIVED, 2, 1],
  ])
})

test("a bad event of a batch is rejected alone, and its bytes can be published again", () => {
  const bad = { postId: "p", userId: 4 }
  const { events, rejected } = decode(
    batch([
      {},
      { data: bad, id: "x", timeMs: 9 },
      { type: "loved" },
      { id: "a\nb" },
      { timeMs: ARRIVED * 2 },
      { data: { postId: "p", userId: "a\0" } },
      { data: { postId: "", userId: "u" } },
      {},
    ]),
  )
  expect(events.map(({ index }) => index)).toEqual([0, 7])
  expect(rejected.map(({ index, reason }) => [index, reason.tag])).toEqual([
    [1, "invalid"],
    [2, "unknown-type"],
    [3, "bad-id"],
    [4, "time-ahead"],
    [5, "bad-text"],
    [6, "bad-key"],
  ])
  expect(rejected[0]).toMatchObject({ tenant: "acme", type: "liked", id: "x", time: 9, encoding: "msgpack" })
  const again = single(rejected[0]!.body, { "Content-Type": "application/msgpack" })
  expect(again.rejected[0]?.reason).toEqual(rejected[0]!.reason)
})
