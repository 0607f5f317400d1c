import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Stored } from "../streams/log.ts"
import { readHeaders } from "../wire/headers.ts"
import { laneOf } from "../wire/lane.ts"
import { decodeKey, encodeKey, parseIngest, parseStored } from "../wire/subject.ts"
import { type LogOfRecord, startLogOfRecord } from "./testing/log-of-record.ts"

const run = promisify(execFile)
const BUILD_WITHIN_MS = 240_000
const RUN_WITHIN_MS = 20_000
const NO_GO = "there is no go to build the foreign client with"
const KEYS = ["ann@example.com", "/a b.html", "*", ">", "größe 100%", "plain"]
const RAW = ["*", ">", "a.dotted.key", "two.tokens"]

interface Sent {
  readonly subject: string
  readonly key: string
  readonly sequence: number
}

let log: LogOfRecord | undefined
let folder: string | undefined
let isBuilt = false
let sent: readonly Sent[] = []
let stored: ReadonlyMap<number, Stored> = new Map()

beforeAll(async () => {
  const hasGo = await run("go", ["version"]).then(
    () => true,
    () => false,
  )
  if (!hasGo) return
  folder = mkdtempSync(join(tmpdir(), "millrace-foreign-"))
  const program = join(folder, "foreign")
  const source = join(import.meta.dirname, "foreign")
  await run("go", ["build", "-mod=readonly", "-o", program, "."], { cwd: source, timeout: BUILD_WITHIN_MS })
  isBuilt = true
  log = await startLogOfRecord()
  const { stdout } = await run(program, [log.server.url], { timeout: RUN_WITHIN_MS })
  sent = JSON.parse(stdout)
  stored = new Map((await log.all()).map((message) => [message.sequence, message]))
})
afterAll(async () => {
  await log?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

const json = (body: Uint8Array): unknown => JSON.parse(Buffer.from(body).toString())

describe("what a Go program publishes with nothing but its NATS client", () => {
  it.for(KEYS.map((key, index) => ({ key, index })))("lands in its lane: $key", ({ key, index }, { skip }) => {
    if (!isBuilt) skip(NO_GO)
    const { subject, sequence } = sent[index]!
    const keyToken = encodeKey(key)
    expect(parseIngest(subject)).toEqual({ tag: "event", tenant: "acme", type: "page_viewed", keyToken })
    expect(decodeKey(keyToken)).toBe(key)
    const message = stored.get(sequence)!
    const lane = laneOf("acme", keyToken)
    expect(parseStored(message.subject)).toEqual({ tag: "event", lane, tenant: "acme", type: "page_viewed" })
    expect(readHeaders(message.headers)).toMatchObject({
      tag: "read",
      headers: { id: `go-${index}`, timeMs: 1_767_225_600_000 + index, schemaVersion: 1, encoding: "json" },
    })
    expect(json(message.body)).toEqual({ pageId: key, from: "go" })
  })

  it.for(RAW.map((raw, index) => ({ raw, index })))("unencoded is acknowledged, and a stray: $raw", (the, { skip }) => {
    if (!isBuilt) skip(NO_GO)
    const { subject, sequence } = sent[KEYS.length + the.index]!
    const message = stored.get(sequence)!
    expect(message.subject).toBe(subject)
    expect(subject).toBe(`ingest.acme.page_viewed.${the.raw}`)
    expect(parseStored(message.subject)).toEqual({ tag: "stray" })
    expect(json(message.body)).toEqual({ pageId: the.raw, from: "go" })
  })
})
