/** Owns: logs drawn for tests of the engine, run through a pipeline and told as a fold's events. Never: what is right. */

import * as Schema from "effect/Schema"
import fc from "fast-check"
import type { Definition } from "../../define/definition.ts"
import { event } from "../../define/event.ts"
import { type FoldEvent, stamped } from "./fold.ts"
import { type Given, Pipeline, type PipelineOptions } from "./pipeline.ts"

const data = Schema.Struct({ post: Schema.String, value: Schema.Finite })
export const Liked = event("liked", { version: 1, key: "post", data })
export const Shared = event("shared", { version: 1, key: "post", data })
export const Named = event("named", { version: 1, key: "post", data })

export const T = 1_750_000_020_000
export const OUT_OF_ORDER_MS = 2_000
/** Of a lane: each message's delay after the one before, and its events, by how far they lie back. */
const message = fc.record({
  afterMs: fc.integer({ min: 0, max: 9_000 }),
  events: fc.array(
    fc.record({
      type: fc.constantFrom("liked", "liked", "shared", "named"),
      key: fc.constantFrom("a", "b"),
      backMs: fc.oneof(fc.integer({ min: -3_000, max: 4_000 }), fc.integer({ min: 0, max: 60_000 }), fc.constant(0)),
      value: fc.integer({ min: 0, max: 9 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
})
export const log = fc.tuple(...[0, 1, 2].map(() => fc.array(message, { maxLength: 7 })))
export type Log = readonly (readonly {
  readonly afterMs: number
  readonly events: readonly { type: string; key: string; backMs: number; value: number }[]
}[])[]

export interface Written {
  readonly lane: number
  readonly arrivedAt: number
  readonly events: readonly Given[]
}

export function written(given: Log): readonly Written[] {
  return given.flatMap((messages, lane) => {
    let arrivedAt = T
    return messages.map(({ afterMs, events }) => {
      arrivedAt += afterMs
      const at = arrivedAt
      return {
        lane,
        arrivedAt: at,
        events: events.map(({ type, key, backMs, value }) => ({
          tenant: "acme",
          type,
          version: 1,
          id: null,
          time: at - backMs,
          data: {
            post: key,
            value,
          },
        })),
      }
    })
  })
}

export function folded(messages: readonly Written[]): readonly FoldEvent[] {
  return [0, 1, 2].flatMap((lane) => {
    const own = messages.filter((each) => each.lane === lane)
    const times = own.map(({ arrivedAt, events }) => ({ arrivedAt, times: events.map(({ time }) => time) }))
    const stamps = stamped(times, OUT_OF_ORDER_MS)
    return own.flatMap(({ arrivedAt, events }, i) =>
      events.map(({ type, time, data }, index) => ({
        type,
        lane,
        sequence: i + 1,
        index,
        time,
        arrivedAt,
        key: String(data.post),
        value: Number(data.value),
        stamp: stamps[i]!,
      })),
    )
  })
}

/** mulberry32: an order of events for a seed. */
export function chooser(seed: number): (count: number) => number {
  let state = seed
  return (count) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % count
  }
}

export function run(
  definitions: readonly Definition[],
  messages: readonly Written[],
  endAt: number,
  options: Partial<PipelineOptions> = {},
): Pipeline {
  const pipeline = new Pipeline({
    definitions,
    events: [Liked, Shared, Named],
    outOfOrderMs: OUT_OF_ORDER_MS,
    ...options,
  })
  for (const { lane, arrivedAt, events } of messages) pipeline.publish(lane, arrivedAt, events)
  pipeline.tick(endAt)
  pipeline.run()
  return pipeline
}

export const lastArrival = (messages: readonly Written[]) => Math.max(T, ...messages.map(({ arrivedAt }) => arrivedAt))
