/**
 * Owns: publishing events of which the engine's scenario makes everything: late ones, early ones, bad ones, repeats.
 * Never: looking after what became of them; the log says that.
 */

import { type Clock, sleep } from "../../base/clock.ts"
import { below, chance, pick, type Random } from "../../base/random.ts"
import { createClient } from "../../client/client.ts"
import type { EventToPublish } from "../../client/event.ts"
import { PublishFailed } from "../../client/failures.ts"
import { type Settled, settleOptions } from "../../client/options.ts"
import type { Transport } from "../../client/transport.ts"
import type { Program } from "../process.ts"
import { UNBEARABLE } from "./engine.actors.ts"

export interface EventPublisherPorts {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
}

/** What all publishers of a world share. */
export interface PublisherDesk {
  finishing: boolean
  readonly ends: Map<string, Promise<void>>
  /** Numbers of events, so that no two are alike. */
  next: number
  readonly counts: Record<"asked" | "failed", number>
}

/** How a world's events are: drawn once, so that worlds differ. */
export interface Mixture {
  readonly restMsMax: number
  readonly burstMax: number
  /** Up to so much before now, for one in four. */
  readonly lateMsMax: number
  readonly earlyMsMax: number
  readonly keys: number
}

export function drawMixture(random: Random): Mixture {
  return {
    restMsMax: 100 + below(random, 2_000),
    burstMax: 1 + below(random, 6),
    lateMsMax: 1_000 + below(random, 25_000),
    earlyMsMax: below(random, 5_000),
    keys: 1 + below(random, 6),
  }
}

export function eventPublisher(name: string, mixture: Mixture, desk: PublisherDesk): Program<EventPublisherPorts> {
  return {
    name,
    start(ports) {
      const end = publishOn(mixture, desk, ports)
      desk.ends.set(name, end)
      return end
    },
  }
}

async function publishOn(mixture: Mixture, desk: PublisherDesk, ports: EventPublisherPorts): Promise<void> {
  const { clock, random } = ports
  const client = createClient({ ...ports, options: drawOptions(random) })
  const before: EventToPublish[] = []
  while (!desk.finishing) {
    for (let left = 1 + below(random, mixture.burstMax); left > 0; left--) {
      const again = before.length > 0 && chance(random, REPEATED)
      const event = again ? pick(random, before) : drawEvent(mixture, desk, clock, random)
      if (!again) before.push(event)
      if (before.length > REPEATED_OF) before.shift()
      desk.counts.asked++
      client.publish(event).catch((error: unknown) => {
        if (!(error instanceof PublishFailed)) throw error
        desk.counts.failed++
      })
    }
    await sleep(clock, random.next() * mixture.restMsMax)
  }
  await client.flush()
  await client.close()
}

function drawOptions(random: Random): Settled {
  return settleOptions({
    messages: pick(random, ["batched", "batched", "single"] as const),
    encoding: "json",
    lingerMs: below(random, 20),
    deliverWithinMs: 10_000,
    closeWithinMs: 5_000,
  })
}

/** So many events are one of the newest so many once more. */
const REPEATED = 0.08
const REPEATED_OF = 32
const TENANTS = ["acme", "globex"]
const REGIONS = ["eu", "us"]
const TAGS = ["sun", "sea", "snow"]

function drawEvent(mixture: Mixture, desk: PublisherDesk, clock: Clock, random: Random): EventToPublish {
  const number = desk.next++
  const common = { tenant: pick(random, TENANTS), id: `event-${number}`, time: drawTime(mixture, clock, random) }
  const postId = `post ${below(random, mixture.keys)}`
  const userId = `user ${below(random, mixture.keys)}`
  const post = { postId, userId, region: pick(random, REGIONS), number }
  const what = random.next()
  if (what < 0.3) return { ...common, type: "post_liked", key: postId, data: post }
  if (what < 0.5) {
    const tags = TAGS.filter(() => chance(random, 0.4))
    return { ...common, type: "post_shared", key: postId, data: { ...post, tags } }
  }
  if (what < 0.6) return { ...common, type: "post_created", key: postId, data: post }
  if (what < 0.62) return { ...common, type: "post_liked", key: postId, data: { postId, wrong: number } }
  if (what < 0.63) return { ...common, type: "unheard_of", key: postId, data: post }
  const sensorId = `sensor ${below(random, mixture.keys)}`
  const value = chance(random, 0.05) ? UNBEARABLE : 20 + below(random, 80)
  return { ...common, type: "sensor_read", key: sensorId, data: { sensorId, value, number } }
}

/** Mostly now, as the publisher's clock has it. */
function drawTime({ lateMsMax, earlyMsMax }: Mixture, clock: Clock, random: Random): number | undefined {
  const what = random.next()
  if (what < 0.1) return undefined
  if (what < 0.35) return clock.now() - below(random, lateMsMax)
  if (what < 0.4) return clock.now() + below(random, earlyMsMax + 1)
  return clock.now() - below(random, 500)
}
