/**
 * Owns: `/admin/tail`: events as they arrive, as NDJSON or, where asked for, as server-sent events.
 * Never: getting ahead of its client: the next batch is read when the last one has been taken.
 */

import { type Clock, sleep } from "../../../base/clock.ts"
import { Failure } from "../../../base/errors.ts"
import { TAIL_NEWEST_EVENTS_MAX, TAIL_NEWEST_EVERY_MS, TAILS_OPEN_MAX } from "../../../base/limits.ts"
import type { Logger } from "../../../base/log.ts"
import { problem, type Reply, type StreamReply } from "../reply.ts"
import type { Asked, Route } from "../router.ts"
import type { Sources, TailBatch, TailQuery } from "../sources.ts"
import { NDJSON, SSE } from "../wire.ts"

const OF = ["ingest", "dead", "late", "outbox"] as const
const PARAMETERS = ["of", "tenant", "type", "from", "newest"]

interface TailPorts {
  readonly sources: Sources
  readonly logger: Logger
  readonly clock: Clock
}

export function tailRoute({ sources, logger, clock }: TailPorts): Route {
  let open = 0
  return {
    path: "/admin/tail",
    methods: ["GET"],
    answer(asked) {
      const query = readQuery(asked.query)
      if (typeof query === "string") return problem({ status: 400, code: "BAD_QUERY", detail: query })
      if (open >= TAILS_OPEN_MAX) return tooMany()
      return tailReply(asked, logger, async function* (signal) {
        open++
        try {
          const batches = sources.tail(query, signal)
          yield* query.newest ? paced(batches, clock, signal) : batches
        } finally {
          open--
        }
      })
    },
  }
}

function tooMany(): Reply {
  const detail = `${TAILS_OPEN_MAX} clients follow already.`
  return problem({ status: 503, code: "TOO_MANY_TAILS", detail, headers: { "retry-after": "5" } })
}

/** The query, or what is wrong with it. */
function readQuery(asked: URLSearchParams): TailQuery | string {
  const unknown = [...asked.keys()].find((name) => !PARAMETERS.includes(name))
  if (unknown !== undefined) return `There is no parameter ${unknown}; there are ${PARAMETERS.join(", ")}.`
  const of = OF.find((known) => known === (asked.get("of") ?? "ingest"))
  if (of === undefined) return `of is one of ${OF.join(", ")}.`
  const from = asked.get("from")
  if (from !== null && !/^[1-9]\d{0,15}$/.test(from)) return "from is a sequence: a whole number from 1."
  const newest = asked.get("newest") ?? "false"
  if (newest !== "true" && newest !== "false") return "newest is true or false."
  const tenant = asked.get("tenant")
  const type = asked.get("type")
  return {
    of,
    newest: newest === "true",
    ...(tenant === null ? {} : { tenant }),
    ...(type === null ? {} : { type }),
    ...(from === null ? {} : { from: Number(from) }),
  }
}

/** Reading slower is what lets the source pass over what nobody could read anyway. */
async function* paced(batches: AsyncIterable<TailBatch>, clock: Clock, signal: AbortSignal): AsyncGenerator<TailBatch> {
  for await (const { events, skipped } of batches) {
    const shown = events.slice(-TAIL_NEWEST_EVENTS_MAX)
    yield { events: shown, skipped: skipped + events.length - shown.length }
    if (events.length > 0) await sleep(clock, TAIL_NEWEST_EVERY_MS, signal)
  }
}

type Batches = (signal: AbortSignal) => AsyncIterable<TailBatch>

function tailReply(asked: Asked, logger: Logger, batches: Batches): StreamReply {
  const wire = String(asked.headers.accept ?? "").includes("text/event-stream") ? SSE : NDJSON
  return {
    kind: "stream",
    status: 200,
    headers: { "content-type": wire.type, "x-accel-buffering": "no" },
    farewell: wire.farewell,
    async *chunks(signal) {
      yield wire.hello
      try {
        for await (const batch of batches(signal)) yield wire.batch(batch)
      } catch (error) {
        if (!(error instanceof Failure)) logger.error("following broke off", { error })
        yield wire.failure(error)
      }
    },
  }
}
