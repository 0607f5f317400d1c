/**
 * Owns: the actors of the engine's scenario: together they have everything an actor can have, with windows of seconds.
 * Never: being realistic.
 */

import * as Schema from "effect/Schema"
import { actor } from "../../define/actor.ts"
import { weighted } from "../../define/derive.ts"
import { event } from "../../define/event.ts"
import { eventsOf } from "../../define/events-of.ts"
import { latest } from "../../define/join.ts"
import { registryOf } from "../../define/registry.ts"
import { inherited, session, sliding, tumbling } from "../../define/windows.ts"

const text = Schema.String
const onPost = { postId: text, userId: text, region: text, number: Schema.Finite }

export const PostLiked = event("post_liked", { version: 1, key: "postId", data: Schema.Struct(onPost) })
export const PostShared = event("post_shared", {
  version: 1,
  key: "postId",
  data: Schema.Struct({ ...onPost, tags: Schema.Array(text) }),
})
export const PostCreated = event("post_created", { version: 1, key: "postId", data: Schema.Struct(onPost) })
export const SensorRead = event("sensor_read", {
  version: 1,
  key: "sensorId",
  data: Schema.Struct({ sensorId: text, value: Schema.Finite, number: Schema.Finite }),
})
const SensorHot = event("sensor_hot", {
  version: 1,
  key: "sensorId",
  data: Schema.Struct({ sensorId: text, level: text, readings: Schema.Finite }),
})
const SensorSilent = event("sensor_silent", {
  version: 1,
  key: "sensorId",
  data: Schema.Struct({ sensorId: text, readings: Schema.Finite, last: Schema.Finite }),
})

/** Readings that no function of these actors can take: dead letters. */
export const UNBEARABLE = 13
const HOT = 60

const engagement = actor("engagement", {
  version: 1,
  on: [PostLiked, PostShared],
  key: "postId",
  join: { post: latest(PostCreated, ["region", "number"]) },
  windows: [tumbling("5 seconds"), sliding("20 seconds", "5 seconds")],
  grace: "2 seconds",
  measures: (m) => ({
    likes: m.count(PostLiked),
    shares: m.count(PostShared),
    sum: m.sum("number"),
    people: m.distinct("userId"),
    earliest: m.first("number"),
    latest: m.last("number"),
    least: m.min("number"),
    mean: m.mean("number"),
  }),
  derive: { score: weighted({ likes: 1, shares: 5 }) },
})

const presence = actor("presence", {
  version: 1,
  on: [PostLiked, PostShared, PostCreated],
  key: "userId",
  windows: [session({ gap: "2 seconds", max: "10 seconds" })],
  grace: "1 second",
  measures: (m) => ({ actions: m.count(), latest: m.last("number") }),
})

const regions = actor("regions", {
  version: 1,
  on: [PostLiked],
  key: ({ region }) => [{ region }, { region: "all" }],
  keyNames: ["region"],
  windows: [tumbling("10 seconds")],
  grace: "3 seconds",
  measures: (m) => ({ likes: m.count(), odd: m.where(({ number }) => number % 2 === 1).count() }),
})

const tagUses = actor("tag_uses", {
  version: 1,
  internal: true,
  on: [PostShared],
  key: ({ region, tags }) => tags.map((tag) => ({ region, tag })),
  keyNames: ["region", "tag"],
  windows: [sliding("10 seconds", "5 seconds")],
  grace: "1 second",
  measures: (m) => ({ uses: m.count() }),
})

const topTags = actor("top_tags", {
  version: 1,
  on: [tagUses.closed],
  key: "region",
  windows: [inherited],
  measures: (m) => ({ tags: m.top(3, { by: "tag", weight: "uses" }), uses: m.sum("uses") }),
})

/** Listens to what a second stage closes: a third one. */
const topUses = actor("top_uses", {
  version: 1,
  on: [topTags.closed],
  key: "region",
  windows: [tumbling("20 seconds")],
  grace: "1 second",
  measures: (m) => ({ windows: m.count(), most: m.max("uses") }),
})

const heat = actor("heat", {
  version: 1,
  on: [SensorRead],
  key: "sensorId",
  windows: [tumbling("5 seconds")],
  grace: "2 seconds",
  measures: (m) => ({
    readings: m.count(),
    mean: m.mean("value"),
    p95: m.percentiles(({ value }) => Math.abs(value), ["p95"]).p95,
  }),
  emits: [SensorHot],
  onChange: ({ mean, readings }, { once, key }) => {
    if (mean !== null && mean > HOT) once("hot", SensorHot({ ...key, level: "hot", readings }))
  },
})

const watch = actor("watch", {
  version: 1,
  on: [SensorRead],
  key: "sensorId",
  windows: [tumbling("10 seconds")],
  grace: "1 second",
  measures: (m) => ({
    bearable: m.sum(({ value }) => {
      if (value === UNBEARABLE) throw new Error("unbearable")
      return value
    }),
  }),
  emits: [SensorHot],
  onClose: ({ bearable }, { emit, key }) => emit(SensorHot({ ...key, level: "closed", readings: bearable })),
})

const heatLevels = actor("heat_levels", {
  version: 1,
  on: [SensorHot],
  key: "level",
  windows: [tumbling("10 seconds")],
  grace: "1 second",
  measures: (m) => ({ alerts: m.count(), sum: m.sum("readings") }),
})

const silence = actor("silence", {
  version: 1,
  on: [SensorRead],
  key: "sensorId",
  state: Schema.Struct({ readings: Schema.Finite, last: Schema.Finite, trail: text, silences: Schema.Finite }),
  initial: { readings: 0, last: 0, trail: "", silences: 0 },
  emits: [SensorSilent],
  reduce(state, { value, number }, { timer, cancel, time }) {
    if (value === UNBEARABLE) throw new Error("unbearable")
    if (value % 7 === 0) cancel("silent")
    else timer("silent", { after: "3 seconds" })
    if (value % 5 === 0) timer("marked", new Date(time.getTime() + 1_500))
    return { ...state, readings: state.readings + 1, last: value, trail: `${state.trail} ${number}`.slice(-40) }
  },
  onTimer(state, name, { emit, key }) {
    if (name === "silent") emit(SensorSilent({ ...key, readings: state.readings, last: state.last }))
    return { ...state, silences: state.silences + 1 }
  },
})

const silences = actor("silences", {
  version: 1,
  on: [SensorSilent],
  key: "sensorId",
  windows: [tumbling("10 seconds")],
  grace: "1 second",
  measures: (m) => ({ times: m.count(), latest: m.last("readings") }),
})

const ACTORS = [engagement, presence, regions, tagUses, topTags, topUses, heat, watch, heatLevels, silence, silences]

export const ENGINE_DEFINITIONS = ACTORS.map(({ definition }) => definition)
export const ENGINE_REGISTRY = registryOf(eventsOf(ENGINE_DEFINITIONS))
