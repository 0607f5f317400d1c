/**
 * Owns: every stream and bucket of Millrace, declared as data. Never: talking to a server (nats/topology.ts), or
 * deciding what a difference means (topology.diff.ts).
 *
 * T1 every stream is bounded, and the bounds together stay within `diskBytes`.
 * T2 a full stream refuses (L5): nothing is ever dropped because there is too much of it.
 * T3 an age limit stands only where the contract says "for days": letters and audit.
 */

import { assert } from "../base/assert.ts"
import {
  CONTROL_VALUE_BYTES_MAX,
  DUPLICATE_WINDOW_MS,
  EXPIRY_MARKER_MS,
  GENERATIONS_AT_ONCE,
  STREAM_MESSAGE_BYTES_MAX,
} from "../base/limits.ts"
import { INGEST_TRANSFORM } from "../wire/subject.ts"
import * as names from "./names.ts"

export interface StreamDeclaration {
  readonly name: string
  readonly holds: string
  readonly subjects: readonly string[]
  /** What is published under `source` is stored under `destination`; other subjects of the stream stay as they are. */
  readonly transform?: { readonly source: string; readonly destination: string }
  readonly maxBytes: number
  readonly maxMessages?: number
  readonly maxAgeMs?: number
  readonly maxMessageBytes: number
  readonly maxPerSubject?: number
  readonly duplicateWindowMs: number
  readonly compression: "none" | "s2"
  readonly replicas: number
  /** One message cannot be deleted by itself, only what lies below a sequence. */
  readonly denyDelete: boolean
  readonly denyPurge: boolean
  /** A message may carry its own time to live, and leaves a marker behind that itself lives this long. */
  readonly expiryMarkerMs?: number
  /** A message may say that it replaces all earlier ones of its subject. */
  readonly rollup: boolean
}

export interface Topology {
  readonly generation: number
  readonly streams: readonly StreamDeclaration[]
}

export interface TopologySettings {
  readonly generation: number
  readonly diskBytes: number
  /** Copies of every stream: 1 on a single server, 3 on a cluster. */
  readonly replicas: 1 | 3 | 5
}

/** Parts of a thousand of `diskBytes`; those of a generation are counted GENERATIONS_AT_ONCE times. */
const SHARES = { ingest: 400, shards: 80, outbox: 120, state: 60, dead: 40, audit: 20, control: 10 } as const

/**
 * Limits count what a message is before compression, so compressing saves space on the disk and allows not one message
 * more. For events as JSON it saves five sixths of that space and costs a third more of the server's work and up to half
 * of the packed throughput: worth it where little is written and kept for long.
 */
const RARELY_WRITTEN = { compression: "s2" } as const
const OFTEN_WRITTEN = { compression: "none" } as const

const DAY_MS = 24 * 60 * 60 * 1000
const DEAD_DAYS = 14
const AUDIT_DAYS = 400

export function planTopology(settings: TopologySettings): Topology {
  const { generation } = settings
  assert(Number.isSafeInteger(generation) && generation > 0, "a generation is a whole number from 1")
  const share = (part: keyof typeof SHARES) => Math.floor((settings.diskBytes * SHARES[part]) / 1000)
  const common = {
    maxMessageBytes: STREAM_MESSAGE_BYTES_MAX,
    duplicateWindowMs: DUPLICATE_WINDOW_MS,
    ...OFTEN_WRITTEN,
    replicas: settings.replicas,
    denyDelete: true,
    denyPurge: false,
    rollup: false,
  } as const
  return {
    generation,
    streams: [
      {
        ...common,
        name: names.INGEST,
        holds: "the log of record",
        subjects: names.TAKES.ingest,
        transform: INGEST_TRANSFORM,
        maxBytes: share("ingest"),
      },
      {
        ...common,
        name: names.shardsStream(generation),
        holds: "routed segments",
        subjects: names.TAKES.shards(generation),
        maxBytes: share("shards"),
      },
      {
        ...common,
        name: names.outboxStream(generation),
        holds: "frames",
        subjects: names.TAKES.outbox(generation),
        maxBytes: share("outbox"),
      },
      {
        ...common,
        ...RARELY_WRITTEN,
        name: names.DEAD,
        holds: "dead letters and the late ledger",
        subjects: names.TAKES.dead,
        maxBytes: share("dead"),
        maxAgeMs: DEAD_DAYS * DAY_MS,
        denyDelete: false,
      },
      {
        ...common,
        ...RARELY_WRITTEN,
        name: names.AUDIT,
        holds: "who did what",
        subjects: names.TAKES.audit,
        maxBytes: share("audit"),
        maxAgeMs: AUDIT_DAYS * DAY_MS,
        denyPurge: true,
      },
      bucket(names.CONTROL_BUCKET, "leases, checkpoints, live generation and builds", {
        ...common,
        maxBytes: share("control"),
        maxMessageBytes: CONTROL_VALUE_BYTES_MAX,
        expiryMarkerMs: EXPIRY_MARKER_MS,
      }),
      bucket(names.stateBucket(generation), "snapshots, for recovery only", { ...common, maxBytes: share("state") }),
    ],
  }
}

/** A bucket is a stream that keeps the newest message of each subject. */
function bucket(
  name: string,
  holds: string,
  rest: Omit<StreamDeclaration, "name" | "holds" | "subjects" | "rollup">,
): StreamDeclaration {
  return {
    ...rest,
    name: names.bucketStream(name),
    holds,
    subjects: names.TAKES.bucket(name),
    maxPerSubject: 1,
    rollup: true,
  }
}

/** What all of it may take while two generations are there: never more than `diskBytes`. */
export function bytesMaxOf({ streams }: Topology): number {
  return streams.reduce((sum, { name, maxBytes }) => {
    return sum + maxBytes * (names.generationOf(name) === undefined ? 1 : GENERATIONS_AT_ONCE)
  }, 0)
}
