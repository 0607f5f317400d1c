/**
 * Owns: the shape of `GET /admin/status`, which `millrace status --json` prints and the status page draws.
 * Never: reading it from anywhere, and no imports: browsers, the CLI and the gateway all share it.
 *
 * Version 1: servers, roles, lanes, streams, disk. Fields are added, never changed; a reader skips what it does not know.
 */

export interface StatusReport {
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

/** One event as `GET /admin/tail` sends it; the CLI prints it, the status page shows the newest. */
export interface TailedEvent {
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
