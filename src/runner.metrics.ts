/** Owns: what a runner shows of itself: counts, times and lags. Never: labels that grow with the traffic. */

import type { Engine, Observe } from "./actors/engine.ts"
import type { Clock, Timer } from "./base/clock.ts"
import { explain, Failure } from "./base/errors.ts"
import { LAG_LOOK_EVERY_MS } from "./base/limits.ts"
import type { Logger } from "./base/log.ts"
import type { Metrics } from "./base/metrics.ts"
import type { Counts } from "./streams/frame.ts"
import { STRAY_LANE } from "./streams/lanes.ts"
import type { Log } from "./streams/log.ts"
import { INGEST, shardSubject, shardsStream } from "./streams/names.ts"
import { sequenceOf } from "./streams/place.ts"
import { INGEST_SUBJECTS, laneFilter } from "./wire/subject.ts"

export interface RunnerMetrics {
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
  readonly logger: Logger
  readonly generation: number
}

export interface Observed extends Observe {
  /** Looks at it from time to time. */
  follow(engine: Engine): void
  close(): void
}

const DELIVERIES = [
  "delivered",
  "applied",
  "late",
  "dead",
  "rejected",
  "emitted",
  "closed",
] as const satisfies readonly (keyof Counts)[]
const FRAME_BYTES = [256, 1_024, 4_096, 16_384, 65_536, 131_072, 262_144, 524_288]
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export function observeRunner(terms: RunnerMetrics): Observed {
  const { metrics, clock } = terms
  const deliveries = metrics.counter({
    name: "millrace_deliveries_total",
    help: "Records of actors by what became of them; delivered is applied, late and dead together",
    labels: ["outcome"],
  })
  const frames = metrics.histogram({
    name: "millrace_frame_bytes",
    help: "Sizes of committed frames",
    buckets: FRAME_BYTES,
  })
  const commits = metrics.histogram({
    name: "millrace_frame_commit_seconds",
    help: "From the cut of a frame to its acknowledgement",
    buckets: SECONDS,
  })
  const takeovers = metrics.histogram({
    name: "millrace_shard_takeover_seconds",
    help: "From the claim of a shard until its state is what it was",
    buckets: SECONDS,
  })
  const delay = metrics.gauge({
    name: "millrace_watermark_delay_seconds",
    help: "How far a shard's first watermark is behind the clock",
    labels: ["shard"],
  })
  const watch = lagWatch(terms)
  return {
    committed(shard, { head, before, bytes, tookMs }) {
      for (const outcome of DELIVERIES) {
        const more = head.counts[outcome] - before.counts[outcome]
        if (more > 0) deliveries.add({ outcome }, more)
      }
      frames.observe({}, bytes)
      commits.observe({}, tookMs / 1_000)
      const [first] = head.watermarks
      if (first !== undefined && Number.isFinite(first)) {
        delay.set({ shard: String(shard) }, (clock.now() - first) / 1_000)
      }
    },
    takenOver: (_, tookMs) => takeovers.observe({}, tookMs / 1_000),
    ...watch,
  }
}

/** What stands in the log and was not taken yet, as the distance of sequences: those of other lanes count, too. */
function lagWatch({ metrics, clock, log, logger, generation }: RunnerMetrics): Pick<Observed, "follow" | "close"> {
  const lag = metrics.gauge({
    name: "millrace_lag_messages",
    help: "Last sequence less the one that was taken, of each lane and shard of this runner",
    labels: ["kind", "number"],
  })
  const events = metrics.gauge({
    name: "millrace_lane_events",
    help: "Events of a lane since its beginning, by what became of them",
    labels: ["lane", "outcome"],
  })
  let timer: Timer | undefined
  const look = async (engine: Engine) => {
    for (const { kind, number } of engine.held) {
      const state = kind === "lane" ? engine.laneState(number) : undefined
      const taken = kind === "lane" ? state && sequenceOf(state.place) - 1 : engine.shardSeen(number)
      const filter = kind === "shard" ? shardSubject(generation, number) : filterOf(number)
      const last = await log.last(kind === "lane" ? INGEST : shardsStream(generation), filter)
      if (taken !== undefined) lag.set({ kind, number: String(number) }, Math.max(0, (last?.sequence ?? 0) - taken))
      for (const [outcome, count] of Object.entries(state?.counts ?? {})) {
        events.set({ lane: String(number), outcome }, count)
      }
    }
  }
  const again = (engine: Engine) => {
    timer = clock.after(LAG_LOOK_EVERY_MS, () => {
      look(engine)
        .catch((error: unknown) => {
          if (!(error instanceof Failure)) throw error
          logger.debug("cannot tell the lag now", { reason: explain(error) })
        })
        .then(() => timer !== undefined && again(engine))
    })
  }
  return {
    follow: again,
    close() {
      timer?.cancel()
      timer = undefined
    },
  }
}

const filterOf = (lane: number) => (lane === STRAY_LANE ? INGEST_SUBJECTS : laneFilter(lane))
