/**
 * The ports of the gateway: what it asks of the rest of the process. main.ts wires them; tests pass objects.
 * Owns: the questions. Never: servers, sockets, or how the answers are found.
 */

import type { Check, EngineReport, LogReport, RoleStatus, ServerStatus, Tailed } from "../report.ts"

export interface Sources {
  /** Each part that must hold before the gateway calls itself ready. One that throws counts as not holding. */
  readonly checks: readonly ReadinessCheck[]
  /** Fails when the log cannot be asked. */
  log(): Promise<LogReport>
  /** Fails when what it is read from cannot be asked, or was written by a build that this one does not know. */
  engine(): Promise<EngineReport>
  servers(): Promise<readonly ServerStatus[]>
  roles(): Promise<readonly RoleStatus[]>
  /** In the order of the log, at the pace of its reader; ends when the signal fires. */
  tail(query: TailQuery, signal: AbortSignal): AsyncIterable<TailBatch>
}

export interface ReadinessCheck {
  readonly part: string
  readonly hint: string
  check(): Promise<Omit<Check, "part">>
}

export interface TailQuery {
  readonly of: "ingest" | "dead" | "late" | "outbox"
  readonly tenant?: string
  readonly type?: string
  /** Nothing: from now on. */
  readonly from?: number
  /** Give up events so as not to fall behind: only the newest few of what has arrived since the last look. */
  readonly newest: boolean
}

export interface TailBatch {
  readonly events: readonly Tailed[]
  /** How many were passed over since the batch before: only under `newest`. */
  readonly skipped: number
}
