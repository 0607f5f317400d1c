/**
 * Owns: what the decode bench decodes: stored messages to validated, upcast events, with a 12-field event.
 * Does not measure: reading from a server, dropping repeats, routing, or events that fail.
 */

import * as Schema from "effect/Schema"
import { Bug } from "../base/assert.ts"
import { event } from "../define/event.ts"
import { registryOf } from "../define/registry.ts"
import { DECODE_LIMITS } from "../streams/decode.outcome.ts"
import { decodeMessage } from "../streams/decode.ts"
import type { Stored } from "../streams/log.ts"
import { encodeBatch } from "../wire/batchbuilder.ts"

export interface DecodeCase {
  readonly name: string
  readonly events: number
  /** Decodes all of them once. */
  readonly run: () => void
}

const ARRIVED = 1_767_225_600_000
const BATCH = 500
const S = Schema.String
const F = Schema.Finite
const eleven = {
  userId: S,
  sessionId: S,
  page: S,
  region: S,
  device: S,
  referrer: S,
  loadMs: F,
  scrolled: F,
  clicks: F,
  active: Schema.Boolean,
  price: F,
}
const Visited = event("visited", {
  version: 2,
  key: "userId",
  data: Schema.Struct({ ...eleven, note: S }),
  from: { 1: { data: Schema.Struct(eleven), up: (old) => ({ ...old, note: "" }) } },
})
const registry = registryOf([Visited])

export function decodeCases(): readonly DecodeCase[] {
  return [
    batchCase("batches of 500", 2, undefined),
    batchCase("batches of 500, each event with an id", 2, (i) => `e-${i * 77_777}`),
    batchCase("batches of 500 of an older version", 1, undefined),
    singlesCase("single JSON messages"),
  ]
}

function batchCase(name: string, schemaVersion: number, idOf: ((i: number) => string) | undefined): DecodeCase {
  const events = Array.from({ length: BATCH }, (_, i) => ({
    type: "visited",
    schemaVersion,
    id: idOf?.(i),
    timeMs: ARRIVED - i,
    data: dataOf(i, schemaVersion),
  }))
  const built = encodeBatch("batch-1", events)
  if (built.tag === "bad") throw new Bug(built.reason)
  return caseOf(name, [{ ...message, subject: "log.3.acme._batch", body: built.bytes }], BATCH)
}

function singlesCase(name: string): DecodeCase {
  const messages = Array.from({ length: BATCH }, (_, i) => ({
    ...message,
    sequence: i + 1,
    subject: "log.3.acme.visited",
    headers: { "Millrace-Schema": "2" },
    body: Buffer.from(JSON.stringify(dataOf(i, 2))),
  }))
  return caseOf(name, messages, BATCH)
}

const message = { sequence: 1, arrivedAt: ARRIVED, headers: {} }

function caseOf(name: string, messages: readonly Stored[], events: number): DecodeCase {
  const run = () => {
    let decoded = 0
    for (const stored of messages) decoded += decodeMessage(registry, DECODE_LIMITS, stored).events.length
    if (decoded !== events) throw new Bug(`${name}: ${decoded} of ${events} events were decoded`)
  }
  return { name, events, run }
}

function dataOf(i: number, version: number): Record<string, unknown> {
  const first = {
    userId: `user-${i}`,
    sessionId: `session-${i * 7}`,
    page: `/p/${i}`,
    region: "eu-west",
    device: "mobile",
    referrer: `a.example/${i}`,
    loadMs: i * 1.5,
    scrolled: i / BATCH,
    clicks: i,
    active: i % 2 === 0,
    price: i * 3.25,
  }
  return version === 1 ? first : { ...first, note: `note ${i}` }
}
