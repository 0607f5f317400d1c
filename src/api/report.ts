/**
 * Owns: the shape of `GET /admin/status`, which `millrace status --json` prints and the status page draws.
 * Never: reading it from anywhere, and no imports: browsers, the CLI and the gateway all share it.
 *
 * Version 1: servers, roles, lanes, streams, disk; since 0.1 also the engine: generation, lanes, shards, runners, counts.
 * Fields are added, never changed; a reader skips what it does not know.
 */

export interface StatusReport extends EngineReport {
  readonly version: 1
  /** When the gateway read it, ISO 8601. */
  readonly at: string
  readonly millrace: string
  /** How long the gateway has been up. */
  readonly uptimeMs: number
  readonly ready: boolean
  /** What has to hold for `ready`, in the order in which it is best mended. */
  readonly checks: readonly Check[]
  readonly servers: readonly ServerStatus[]
  readonly roles: readonly RoleStatus[]
  /** Nothing when the log cannot be asked: then no number here would be true. */
  readonly log: LogReport | null
  /** Why nothing is known of the engine: then there is no generation, no count, no lane and no shard in here. */
  readonly engineUnknown: string | null
}

/** What works the log: read from the newest frames, the lanes' checkpoints and the leases. */
export interface EngineReport {
  readonly generation: GenerationStatus | null
  /** The lanes of INGEST, then the stray lane. */
  readonly lanes: readonly LaneProgress[]
  readonly shards: readonly ShardStatus[]
  /** Processes that show signs of life. */
  readonly runners: readonly RunnerStatus[]
  readonly counts: Counts | null
}

export interface GenerationStatus {
  readonly number: number
  /** Of the code and the number of shards it runs with; nothing until a runner has begun it. */
  readonly fingerprint: string | null
  readonly shards: number
}

export interface LaneProgress {
  readonly lane: number
  /** What INGEST's transform did not match: outside every watermark. */
  readonly stray: boolean
  /** The newest sequence of the log in this lane; 0: nothing yet. */
  readonly last: number
  /** Everything up to this sequence is with every shard. */
  readonly taken: number
  /** The distance between the two: sequences of other lanes in between count, too. */
  readonly lag: number
  /** Event time below which nothing more is expected of it, as of its checkpoint; ISO 8601. */
  readonly watermark: string | null
  /** The runner that works it. */
  readonly owner: string | null
}

export interface ShardStatus {
  readonly shard: number
  /** The runner that works it. */
  readonly owner: string | null
  /** Rises with each takeover; 0: nobody has ever worked it. */
  readonly epoch: number
  /** The number of its newest frame. */
  readonly n: number
  /** The newest sequence that routers wrote for it, and what its frames contain. */
  readonly last: number
  readonly taken: number
  readonly lag: number
  /** When its newest frame was committed. */
  readonly committedAt: string | null
  /** One a stage: the event time below which nothing more is expected; nothing until every lane has been heard of. */
  readonly watermarks: readonly (string | null)[]
  /** How far the watermark of the first stage is behind this report's time. */
  readonly watermarkDelayMs: number | null
  /** The event time at which something closes or fires next; nothing waits: then no watermark need move. */
  readonly nextDeadline: string | null
  /** What the next owner begins with; nothing: with the whole of the shard's stream. */
  readonly snapshot: SnapshotStatus | null
}

export interface SnapshotStatus {
  /** When its manifest was written; a takeover writes it anew. */
  readonly writtenAt: string
  readonly ageMs: number
  /** It contains the shard's stream up to this sequence. */
  readonly taken: number
  /** What the shard has taken since: a takeover steps through it again. */
  readonly behind: number
}

export interface RunnerStatus {
  readonly id: string
  /** It is handing over what it holds. */
  readonly leaving: boolean
  readonly lanes: number
  readonly shards: number
}

/** Since the generation's beginning, as of what the lanes and shards have written down. */
export interface Counts {
  readonly events: EventCounts
  readonly deliveries: DeliveryCounts
  /** Events that steps gave back, and windows that have closed. */
  readonly emitted: number
  readonly closed: number
}

/** A6: accepted = routed + duplicate + dead. */
export interface EventCounts {
  readonly accepted: number
  readonly routed: number
  readonly duplicate: number
  readonly dead: number
  readonly addsUp: boolean
}

/** One record of one actor each. A6: delivered = applied + late + dead. */
export interface DeliveryCounts {
  readonly delivered: number
  readonly applied: number
  readonly late: number
  readonly dead: number
  readonly addsUp: boolean
}

export interface Check {
  readonly part: string
  readonly ok: boolean
  /** What was seen, in a sentence. */
  readonly detail: string
  readonly hint?: string
}

export interface ServerStatus {
  /** nats, postgres, mongo. */
  readonly name: string
  readonly up: boolean
  readonly version: string | null
  /** Where it came from: "MILLRACE_NATS_URL", "on PATH", "built and cached". */
  readonly origin: string | null
  /** Never with a password. Nothing: it is not used here. */
  readonly address: string | null
  readonly restarts: number | null
}

export interface RoleStatus {
  readonly name: string
  readonly state: "starting" | "running" | "restarting" | "stopped" | "failed"
  readonly pid: number | null
  readonly restarts: number
  readonly since: string | null
  /** The last thing that went wrong. */
  readonly lastFailure: string | null
}

export interface LogReport {
  readonly lanes: readonly LaneStatus[]
  readonly streams: readonly StreamStatus[]
  readonly disk: DiskStatus | null
}

export interface LaneStatus {
  readonly lane: number
  /** The newest sequence of the log of record in this lane; 0: nothing yet. */
  readonly last: number
  readonly messages: number
  readonly bytes: number | null
}

export interface StreamStatus {
  readonly name: string
  readonly holds: string
  readonly messages: number
  readonly bytes: number
  /** Nothing: without a limit of its own. */
  readonly limitBytes: number | null
  readonly first: number
  readonly last: number
}

export interface DiskStatus {
  readonly freeBytes: number
  /** What all streams and buckets together may still take. */
  readonly allowedBytes: number
  readonly usedBytes: number
}

/** What `GET /admin/tail` sends, a line each; the CLI prints it, the status page shows the newest events. */
export type Tailed = TailedEvent | TailedFrame | TailedLetter

/** One event of the log of record; also what stands in another stream and cannot be read, with the reason. */
export interface TailedEvent {
  readonly kind: "event"
  readonly stream: string
  readonly sequence: number
  /** Its place in a message that holds many. */
  readonly index: number
  readonly lane: number | null
  readonly tenant: string
  readonly type: string
  readonly id: string | null
  readonly key: string | null
  /** Event time if it was said, else arrival time; ISO 8601. */
  readonly time: string
  readonly arrivedAt: string
  readonly schema: number
  readonly data: unknown
  /** Why it could not be read, when it could not. */
  readonly refused: string | null
}

/** One frame of the outbox: what a shard committed in one piece. */
export interface TailedFrame {
  readonly kind: "frame"
  readonly stream: string
  readonly sequence: number
  readonly arrivedAt: string
  readonly shard: number
  readonly epoch: number
  /** Its number in its shard's chain. */
  readonly n: number
  readonly watermarks: readonly (string | null)[]
  /** Of the shard since its beginning. */
  readonly counts: Readonly<Record<string, number>>
  readonly views: readonly TailedView[]
  readonly emits: readonly TailedEmit[]
  readonly facts: number
  readonly late: number
  readonly dead: number
}

export interface TailedView {
  /** `post_engagement_1m`; `#3` where the generation runs with other code than the gateway. */
  readonly view: string
  readonly rows: readonly TailedRow[]
}

export interface TailedRow {
  readonly tenant: string
  readonly key: string
  /** Nothing: totals. */
  readonly window: readonly [string, string] | null
  readonly closed: boolean
  /** By field; nothing: the row is gone. */
  readonly values: Readonly<Record<string, unknown>> | null
}

export interface TailedEmit {
  readonly tenant: string
  readonly type: string
  readonly id: string
  readonly time: string
  readonly data: unknown
}

/** One dead letter, or one late event of the ledger. */
export interface TailedLetter {
  readonly kind: "letter"
  readonly stream: string
  readonly sequence: number
  readonly arrivedAt: string
  readonly about: "dead" | "late"
  readonly shard: number
  /** The number of the frame it left with. */
  readonly frame: number
  readonly tenant: string | null
  /** The actor it failed for or came too late for; nothing for an event that nobody could read. */
  readonly actor: string | null
  readonly key: string | null
  readonly type: string | null
  readonly id: string | null
  /** Event time, where it is known. */
  readonly time: string | null
  /** Where the event stands: a lane's sequence (of a loop lane: a frame's number), and its index in that message. */
  readonly position: { readonly lane: number; readonly sequence: number; readonly index: number }
  /** A tag: `invalid`, `step-failed`, …; of a late event, `late`. */
  readonly reason: string
  readonly detail: string
  readonly stack: string | null
  /** The event's data as far as it can be read. */
  readonly data: unknown
}
