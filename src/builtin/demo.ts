/**
 * Owns: the demo role: built-in traffic at a steady rate, in a tenant of its own, until it is stopped.
 * Never: pushing against a log that pushes back: what finds no room is left out and counted, not kept for later.
 */

import { assert } from "../base/assert.ts"
import { type Clock, sleep } from "../base/clock.ts"
import { explain } from "../base/errors.ts"
import { DEMO_CATCH_UP_MS_MAX, DEMO_EVENTS_PER_SECOND, DEMO_PORTION_EVERY_MS } from "../base/limits.ts"
import type { Logger } from "../base/log.ts"
import type { Metrics } from "../base/metrics.ts"
import type { Random } from "../base/random.ts"
import { type Client, connect } from "../client/index.ts"
import { Traffic } from "./traffic/traffic.ts"

export const DEMO_TENANT = "demo"

interface PlayOptions {
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  readonly ratePerSecond?: number
}

export interface DemoOptions extends PlayOptions {
  readonly natsUrl: string
}

export interface Demo {
  /** Sends nothing more, waits for what is in flight, and closes the connection. */
  drain(): Promise<void>
}

/** Rejects with Unreachable when there is no server. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { natsUrl, logger } = options
  return playTraffic(await connect({ url: natsUrl, name: "millrace-demo", tenant: DEMO_TENANT, logger }), options)
}

/** The same with a client that is there already; draining closes it. */
export function playTraffic(client: Client, options: PlayOptions): Demo {
  const stop = new AbortController()
  const over = play(client, options, stop.signal)
  return {
    async drain() {
      stop.abort()
      await over
      await client.close()
    },
  }
}

async function play(client: Client, options: PlayOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, ratePerSecond = DEMO_EVENTS_PER_SECOND } = options
  assert(ratePerSecond > 0, "the demo has a rate above 0")
  const traffic = new Traffic(random, { tenants: [DEMO_TENANT] })
  const tally = tallyOf(options)
  let playedUpTo = clock.monotonicMs()
  while (!signal.aborted) {
    await sleep(clock, DEMO_PORTION_EVERY_MS, signal)
    const now = clock.monotonicMs()
    playedUpTo = Math.max(playedUpTo, now - DEMO_CATCH_UP_MS_MAX)
    const due = signal.aborted ? 0 : Math.floor(((now - playedUpTo) * ratePerSecond) / 1000)
    playedUpTo += (due * 1000) / ratePerSecond
    for (let sent = 0; sent < due; sent++) {
      const receipt = client.tryPublish(traffic.next(clock.now()))
      if (receipt === undefined) tally.leftOut()
      else void receipt.then(tally.published, tally.refused)
    }
  }
}

/** One line when publishing starts to fail and one when it works again, however many events that is. */
function tallyOf({ metrics, logger }: PlayOptions) {
  const events = metrics.counter({
    name: "millrace_demo_events_total",
    help: "Demo events by what became of them: published, refused, or left out because there was no room",
    labels: ["outcome"],
  })
  let failing = false
  const turn = (toFailing: boolean, say: () => void) => {
    if (failing !== toFailing) say()
    failing = toFailing
  }
  return {
    published() {
      events.add({ outcome: "published" })
      turn(false, () => logger.info("demo traffic flows again"))
    },
    refused(error: unknown) {
      events.add({ outcome: "refused" })
      turn(true, () => logger.warn("demo traffic is refused", { reason: explain(error) }))
    },
    leftOut() {
      events.add({ outcome: "left_out" })
      turn(true, () => logger.warn("demo traffic finds no room and is left out"))
    },
  }
}
