/** Owns: sources of a gateway under test: all well, unless a test says otherwise. Never: a server. */

import type { StatusReport, TailedEvent } from "../../report.ts"
import type { Sources, TailBatch } from "../sources.ts"

type Overrides = { -readonly [K in keyof Sources]?: Sources[K] }

export function wellSources(overrides: Overrides = {}): Sources {
  return {
    checks: [{ part: "nats", hint: "start it", check: async () => ({ ok: true, detail: "answers" }) }],
    log: async () => LOG,
    servers: async () => [],
    roles: async () => [],
    tail: () => batches([]),
    ...overrides,
  }
}

export const LOG: NonNullable<StatusReport["log"]> = {
  lanes: [{ lane: 0, last: 7, messages: 7, bytes: null }],
  streams: [{ name: "INGEST", holds: "the log of record", messages: 7, bytes: 70, limitBytes: 100, first: 1, last: 7 }],
  disk: { freeBytes: 1000, allowedBytes: 500, usedBytes: 70 },
}

export async function* batches(all: readonly TailBatch[]): AsyncGenerator<TailBatch> {
  yield* all
}

export function tailed(sequence: number): TailedEvent {
  const time = new Date(sequence * 1000).toISOString()
  return {
    stream: "INGEST",
    sequence,
    index: 0,
    lane: 3,
    tenant: "demo",
    type: "post_liked",
    id: `e${sequence}`,
    key: "p1",
    time,
    arrivedAt: time,
    schema: 1,
    data: { postId: "p1" },
    refused: null,
  }
}
