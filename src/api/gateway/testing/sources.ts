/** Owns: sources of a gateway under test: all well, unless a test says otherwise. Never: a server. */

import { LANES } from "../../../base/limits.ts"
import type { EngineReport, StatusReport, TailedEvent } from "../../report.ts"
import type { Sources, TailBatch } from "../sources.ts"

type Overrides = { -readonly [K in keyof Sources]?: Sources[K] }

export function wellSources(overrides: Overrides = {}): Sources {
  return {
    checks: [{ part: "nats", hint: "start it", check: async () => ({ ok: true, detail: "answers" }) }],
    log: async () => LOG,
    engine: async () => ENGINE,
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

const EVENTS = { accepted: 7, routed: 5, duplicate: 1, dead: 1, addsUp: true }
const DELIVERIES = { delivered: 9, applied: 8, late: 1, dead: 0, addsUp: true }

/** One runner that works everything, and one shard that is behind. */
export const ENGINE: EngineReport = {
  generation: { number: 1, fingerprint: "0123456789abcdef", shards: 2 },
  lanes: Array.from({ length: LANES + 1 }, (_, lane) => {
    const last = lane === 0 ? 7 : 0
    return { lane, stray: lane === LANES, last, taken: last, lag: 0, watermark: null, owner: "r1" }
  }),
  shards: [0, 1].map((shard) => ({
    ...{ shard, owner: "r1", epoch: 3, n: 40, last: 12, taken: 12 - shard * 5, lag: shard * 5 },
    committedAt: "2026-01-01T00:00:00.000Z",
    watermarks: ["2026-01-01T00:00:00.000Z"],
    watermarkDelayMs: 2_000 + shard * 60_000,
    nextDeadline: "2026-01-01T00:01:00.000Z",
    snapshot: { writtenAt: "2026-01-01T00:00:00.000Z", ageMs: 8_000, taken: 4, behind: 8 - shard * 5 },
  })),
  runners: [{ id: "r1", leaving: false, lanes: LANES + 1, shards: 2 }],
  counts: { events: EVENTS, deliveries: DELIVERIES, emitted: 3, closed: 2 },
}

export async function* batches(all: readonly TailBatch[]): AsyncGenerator<TailBatch> {
  yield* all
}

export function tailed(sequence: number): TailedEvent {
  const time = new Date(sequence * 1000).toISOString()
  return {
    kind: "event",
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
