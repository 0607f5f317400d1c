import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { event } from "../define/event.ts"
import { registryOf } from "../define/registry.ts"
import { encodeBatch } from "../wire/batchbuilder.ts"
import { MemoryLog } from "./memory/log.ts"
import { checkSchemas, stretchesOf } from "./schema-check.ts"
import { planTopology } from "./topology.ts"

const S = Schema.String
const old = Schema.Struct({ id: S, note: Schema.optionalKey(S) })
const noted = (data: typeof old | Schema.Struct<{ id: typeof S; note: typeof S }>) =>
  registryOf([event("noted", { version: 1, key: "id", data })])

async function logOf(messages: readonly (readonly [string, object])[]) {
  const { streams } = planTopology({ generation: 1, diskBytes: 2 ** 34, replicas: 1 })
  const log = new MemoryLog({ clock: new ManualClock(), streams })
  for (const [subject, body] of messages) {
    const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
    await log.append({ subject, body: bytes })
  }
  return log
}

const mixed = (): Promise<MemoryLog> => {
  const batch = encodeBatch("b", [
    { type: "noted", schemaVersion: 1, id: undefined, timeMs: undefined, data: { id: "b1", note: "n" } },
    { type: "noted", schemaVersion: 1, id: undefined, timeMs: undefined, data: { id: "b2" } },
  ])
  if (batch.tag === "bad") throw new Error(batch.reason)
  return logOf([
    ["ingest.acme.noted.a", { id: "a", note: "n" }],
    ["ingest.acme.noted.a", { id: "a" }],
    ["ingest.acme._batch.0", batch.bytes],
    ["ingest.acme.stray", {}],
  ])
}

test("a schema that reads everything passes, whatever else is in the log", async () => {
  const check = await checkSchemas(await mixed(), noted(old), { all: true })
  expect(check).toEqual({
    passed: true,
    all: true,
    messages: 4,
    versions: [{ type: "noted", version: 1, read: 4, failing: 0, firstFailing: [] }],
    unknownTypes: [],
    elsewhere: { stray: 1 },
  })
})

test("a field that became required fails, and the check says where, which field and why", async () => {
  const check = await checkSchemas(await mixed(), noted(Schema.Struct({ id: S, note: S })), { all: true })
  expect(check).toMatchObject({ passed: false, versions: [{ read: 2, failing: 2 }] })
  const places = check.versions[0]?.firstFailing.map(({ sequence, index, reason, path }) => [
    sequence,
    index,
    reason,
    path,
  ])
  expect(places).toEqual([
    [2, 0, "invalid", "note"],
    [3, 1, "invalid", "note"],
  ])
})

test("a type that is no longer declared fails, with its first place", async () => {
  const check = await checkSchemas(await mixed(), registryOf([]), { all: false })
  expect(check).toMatchObject({
    passed: false,
    versions: [],
    unknownTypes: [{ type: "noted", events: 4, firstSequence: 1 }],
  })
})

test("an empty log passes", async () => {
  expect(await checkSchemas(await logOf([]), noted(old), { all: false })).toMatchObject({ passed: true, messages: 0 })
})

test("a sample of a long log takes its first and its last message, and no more than it may", async () => {
  const log = await logOf(Array.from({ length: 400 }, (_, i) => ["ingest.acme.noted.a", i === 399 ? {} : { id: "a" }]))
  const check = await checkSchemas(log, noted(old), { all: false, messagesMax: 128 })
  expect(check).toMatchObject({ passed: false, messages: 128, versions: [{ read: 127, failing: 1 }] })
  expect(check.versions[0]?.firstFailing[0]?.sequence).toBe(400)
})

test("stretches are apart, within the log, and the whole of a short one", () => {
  expect(stretchesOf(5, 4, 100)).toEqual([])
  expect(stretchesOf(5, 104, 100)).toEqual([{ from: 5, to: 104 }])
  const stretches = stretchesOf(1, 1_000_000, 4_096)
  expect(stretches[0]?.from).toBe(1)
  expect(stretches.at(-1)?.to).toBe(1_000_000)
  for (const [i, { from, to }] of stretches.entries()) {
    expect(to - from + 1).toBe(64)
    expect(from).toBeGreaterThan(stretches[i - 1]?.to ?? 0)
  }
})
