/** Owns: what the pipeline benchmarks run: one actor, its events, skewed traffic from a seed, and what must come of it. */

import * as Schema from "effect/Schema"
import { type Random, seededRandom } from "../base/random.ts"
import { postEngagement } from "../builtin/actors.ts"
import { BUILTIN_EVENTS } from "../builtin/events.ts"
import { zipf } from "../builtin/traffic/zipf.ts"
import type { EventToPublish } from "../client/event.ts"
import { actor } from "../define/actor.ts"
import type { Definition } from "../define/definition.ts"
import { type AnyEvent, event } from "../define/event.ts"
import { tumbling } from "../define/windows.ts"

const READING = {
  version: 1,
  key: "meterId",
  data: Schema.Struct({ meterId: Schema.String, value: Schema.Finite }),
} as const
const Up = event("bench_up", READING)
const Down = event("bench_down", READING)
const Kept = event("bench_kept", READING)

const meters = actor("bench_meters", {
  version: 1,
  on: [Up, Down, Kept],
  key: "meterId",
  windows: [tumbling("1 minute")],
  measures: (m) => ({
    ups: m.count(Up),
    downs: m.count(Down),
    kept: m.count(Kept),
    last: m.last("value"),
  }),
})

const KEYS = 20_000
const TENANTS = ["acme", "blue", "coda", "dune"]
const USERS = 200_000

export interface Load {
  readonly definitions: readonly Definition[]
  readonly events: readonly AnyEvent[]
  /** In the order of a row's columns, how often each of the types was sent. */
  readonly types: readonly string[]
  readonly make: (type: string, key: string, random: Random) => Readonly<Record<string, unknown>>
}

export const LOADS: Readonly<Record<string, Load>> = {
  meters: {
    definitions: [meters.definition],
    events: [Up, Down, Kept],
    types: [Up.type, Down.type, Kept.type],
    make: (_, meterId, random) => ({ meterId, value: Math.floor(random.next() * 1_000) }),
  },
  post_engagement: {
    definitions: [postEngagement.definition],
    events: BUILTIN_EVENTS,
    types: ["post_liked", "post_commented", "post_shared"],
    make: (_, postId, random) => ({ postId, userId: `u${Math.floor(random.next() * USERS)}`, region: "eu" }),
  },
}

/** Counts by type, for each tenant and key. */
export type Tally = Map<string, number[]>

/** Events whose times end now, and span so many minutes. */
export function* traffic(load: Load, count: number, endMs: number, spanMs: number, tally: Tally) {
  const random = seededRandom(11)
  const rank = zipf(KEYS)
  for (let i = 0; i < count; i++) {
    const type = i % load.types.length
    const tenant = TENANTS[random.uint32() % TENANTS.length]!
    const key = `k${rank(random)}`
    const name = `${tenant}/${key}`
    const counts = tally.get(name) ?? load.types.map(() => 0)
    counts[type]!++
    tally.set(name, counts)
    const time = Math.floor(endMs - spanMs + (i / count) * spanMs)
    yield {
      type: load.types[type]!,
      tenant,
      key,
      time,
      data: load.make(load.types[type]!, key, random),
    } satisfies EventToPublish
  }
}
