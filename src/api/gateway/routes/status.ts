/**
 * Owns: `/admin/status`, the whole picture in one document.
 * Never: failing because a part of the picture is missing; that part says so.
 *
 * Many pages and scripts may ask at once; the servers are asked at most once per `statusFreshMs`.
 */

import type { Clock } from "../../../base/clock.ts"
import { CHECK_WITHIN_MS, STATUS_FRESH_MS } from "../../../base/limits.ts"
import type { EngineReport, LogReport, StatusReport } from "../../report.ts"
import { runChecks } from "../readiness.ts"
import { json } from "../reply.ts"
import type { Route } from "../router.ts"
import type { Sources } from "../sources.ts"
import { within } from "../within.ts"

interface Status {
  readonly sources: Sources
  readonly version: string
  readonly clock: Clock
  readonly startedMs: number
}

export function statusRoute(status: Status): Route {
  const read = shared(() => readStatus(status), status.clock)
  return { path: "/admin/status", methods: ["GET"], answer: async () => json(200, await read()) }
}

async function readStatus({ sources, version, clock, startedMs }: Status): Promise<StatusReport> {
  const [checks, servers, roles, log, engine] = await Promise.all([
    runChecks(sources.checks, clock),
    sources.servers(),
    sources.roles(),
    readLog(sources, clock),
    readEngine(sources, clock),
  ])
  return {
    version: 1,
    at: new Date(clock.now()).toISOString(),
    millrace: version,
    uptimeMs: Math.round(clock.monotonicMs() - startedMs),
    ready: checks.every(({ ok }) => ok),
    checks,
    servers,
    roles,
    log,
    ...engine,
  }
}

/** Why it cannot be read is in the checks. */
async function readLog(sources: Sources, clock: Clock): Promise<LogReport | null> {
  const outcome = await within(clock, CHECK_WITHIN_MS, () => sources.log())
  return outcome.ok ? outcome.value : null
}

const UNKNOWN: EngineReport = { generation: null, lanes: [], shards: [], runners: [], counts: null }

async function readEngine(sources: Sources, clock: Clock): Promise<EngineReport & Pick<StatusReport, "engineUnknown">> {
  const outcome = await within(clock, CHECK_WITHIN_MS, () => sources.engine())
  return outcome.ok ? { ...outcome.value, engineUnknown: null } : { ...UNKNOWN, engineUnknown: outcome.reason }
}

function shared<T>(read: () => Promise<T>, clock: Clock): () => Promise<T> {
  let newest: { readonly atMs: number; readonly value: Promise<T> } | undefined
  return () => {
    const nowMs = clock.monotonicMs()
    if (newest === undefined || nowMs - newest.atMs >= STATUS_FRESH_MS) newest = { atMs: nowMs, value: read() }
    return newest.value
  }
}
