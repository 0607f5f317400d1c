/** Owns: actors of every kind and messages for a single shard of them, from a seed: for tests of a shard's state. */

import * as Schema from "effect/Schema"
import { LANES } from "../../base/limits.ts"
import { below, chance, pick, type Random, seededRandom } from "../../base/random.ts"
import { actor } from "../../define/actor.ts"
import { latest } from "../../define/join.ts"
import {
  PostCommented,
  PostCreated,
  PostLiked,
  PostShared,
  SensorReading,
  UserProfile,
} from "../../define/testing/events.ts"
import { session, sliding, tumbling } from "../../define/windows.ts"
import { afterMessage, placeOf, START } from "../../streams/place.ts"
import { routesOf } from "../../streams/route/routes.ts"
import { SegmentGatherer } from "../../streams/route/segments.ts"
import type { Section, Segment } from "../../streams/section.ts"

const posts = actor("posts", {
  version: 1,
  on: [PostLiked, PostCommented, PostShared],
  key: "postId",
  join: { post: latest(PostCreated, ["region", "userId"]) },
  windows: [tumbling("1 minute"), sliding("10 minutes", "2 minutes")],
  measures: (m) => ({ likes: m.count(PostLiked), all: m.count(), users: m.distinct("userId") }),
})

const people = actor("people", {
  version: 1,
  on: [PostLiked, PostCommented],
  key: "userId",
  join: { profile: latest(UserProfile, ["name", "plan"]) },
  windows: [session({ gap: "30 seconds", max: "10 minutes" })],
  measures: (m) => ({ all: m.count(), first: m.first("region"), last: m.last("region") }),
  keep: { idle: "3 minutes" },
})

const sensors = actor("sensors", {
  version: 1,
  on: [SensorReading],
  key: "sensorId",
  state: Schema.Struct({ sum: Schema.Finite, last: Schema.Finite, alarms: Schema.Finite }),
  initial: { sum: 0, last: 0, alarms: 0 },
  reduce: (state, { value }, context) => {
    context.timer("quiet", { after: "45 seconds" })
    return { ...state, sum: state.sum + value, last: value }
  },
  onTimer: (state) => ({ ...state, alarms: state.alarms + 1 }),
  keep: { idle: "5 minutes" },
})

const noted = actor("noted", {
  version: 1,
  on: [PostShared],
  key: "region",
  windows: [tumbling("1 minute")],
  measures: (m) => ({ all: m.count(), users: m.distinct("userId") }),
  onChange: (_, context) => context.once("seen", { type: "nobody_listens", version: 1, data: {} } as never),
})

export const LOAD_ROUTES = routesOf([posts, people, sensors, noted].map(({ definition }) => definition))

const TENANTS = ["acme", "umbrella"]
const REGIONS = ["eu", "us", "apac"]
const BEGINS_AT = 1_767_225_600_000
const OUT_OF_ORDER_MS = 2_000

export interface LoadOptions {
  readonly messages: number
  /** Different keys of posts, people and sensors each. */
  readonly keys: number
  /** Of event time between two messages. */
  readonly stepMs: number
}

/** The bodies of a shard's messages, before they are encoded. */
export function shardLoad(seed: number, { messages, keys, stepMs }: LoadOptions): readonly (readonly Section[])[] {
  const random = seededRandom(seed)
  const sequences = new Array<number>(LANES).fill(0)
  const watermarks = new Array<number>(LANES).fill(Number.NEGATIVE_INFINITY)
  return Array.from({ length: messages }, (_, message) => {
    const at = BEGINS_AT + message * stepMs
    const lanes = message % 3 === 0 ? Array.from({ length: LANES }, (_each, lane) => lane) : [below(random, LANES)]
    return lanes.map((lane): Section => {
      const after = sequences[lane] === 0 ? START : afterMessage(sequences[lane]!)
      const segments = Array.from({ length: below(random, 3) }, () => {
        const sequence = ++sequences[lane]!
        return segmentOf(random, keys, sequence, watermarks[lane]!, at)
      })
      watermarks[lane] = at - OUT_OF_ORDER_MS
      const upto = sequences[lane] === 0 ? START : afterMessage(sequences[lane]!)
      return { lane, after, upto, watermarks: [watermarks[lane]!], segments }
    })
  })
}

function segmentOf(random: Random, keys: number, sequence: number, stamp: number, at: number): Segment {
  const gatherer = new SegmentGatherer(1)
  for (let index = 0; index < 1 + below(random, 12); index++) {
    const time = at - below(random, chance(random, 0.05) ? 120_000 : 4_000)
    const { type, data } = eventOf(random, keys)
    const tenant = pick(random, TENANTS)
    for (const { actor: number, type: source, plan } of LOAD_ROUTES.byType.get(type)!) {
      const inputs = plan.prepare(data)
      for (const key of plan.keysOf(data)) {
        gatherer.record(number, tenant, key.id, null, { type: source, index, time, inputs })
      }
    }
  }
  const made: Segment[] = []
  gatherer.end(placeOf(sequence, 0), stamp, at, (_, segment) => made.push(segment))
  return made[0]!
}

function eventOf(random: Random, keys: number): { readonly type: string; readonly data: Record<string, unknown> } {
  const region = pick(random, REGIONS)
  const userId = `user-${below(random, keys)}`
  const postId = `post ${below(random, keys)} ä`
  const type = pick(random, [
    "post_liked",
    "post_liked",
    "post_commented",
    "post_shared",
    "post_created",
    "user_profile",
    "sensor_reading",
  ])
  if (type === "sensor_reading") {
    return {
      type,
      data: { sensorId: `s-${below(random, keys)}`, metric: "heat", value: below(random, 1_000), unit: "C" },
    }
  }
  if (type === "user_profile")
    return { type, data: { userId, name: `${random.uint32()}`, country: "de", plan: "free" } }
  return { type, data: { postId, userId, region, hashtags: [] } }
}
