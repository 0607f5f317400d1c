import * as Schema from "effect/Schema"
import { describe, expect, test } from "vitest"
import { Misuse } from "../base/errors.ts"
import { event } from "../define/event.ts"
import { NO_FAULTS, simulatePublishing } from "./index.ts"

const Liked = event("liked", {
  version: 1,
  key: "postId",
  data: Schema.Struct({ postId: Schema.String, number: Schema.Finite }),
})

const likes = Array.from({ length: 120 }, (_, number) => Liked({ postId: `p${number % 7}`, number }))

const byKey = (events: readonly { readonly key: string; readonly data: unknown }[]) => {
  const numbers: Record<string, unknown[]> = {}
  for (const { key, data } of events) {
    const of = numbers[key] ?? []
    numbers[key] = of
    of.push(Reflect.get(Object(data), "number"))
  }
  return numbers
}

describe("simulating publishing", () => {
  test.for([1, 2, 3, 4, 5, 6, 7, 8])(
    "every event comes out once and in the order of its key, seed %i (U1, U2)",
    async (seed) => {
      const outcome = await simulatePublishing({ events: [Liked], publish: likes, seed })
      expect(byKey(outcome.events)).toEqual(byKey(likes))
      expect([outcome.rejected, outcome.refused]).toEqual([[], []])
    },
  )

  test("clients meet the faults that the seed drew, and leave repeats behind for routers to drop", async () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
    const outcomes = await Promise.all(
      seeds.map((seed) => simulatePublishing({ events: [Liked], publish: likes, seed })),
    )
    const met = new Set(outcomes.flatMap(({ faults }) => Object.keys(faults)))
    expect(met.size).toBeGreaterThan(5)
    expect(outcomes.some(({ repeats }) => repeats > 0)).toBe(true)
  })

  test("the same seed goes the same way", async () => {
    const run = () => simulatePublishing({ events: [Liked], publish: likes, seed: 9 })
    expect(await run()).toEqual(await run())
  })

  test("without faults nothing goes wrong", async () => {
    const outcome = await simulatePublishing({ events: [Liked], publish: likes, faults: "none", clients: 1 })
    expect([outcome.faults, outcome.repeats, outcome.events.length]).toEqual([{}, 0, likes.length])
    expect(outcome.events[0]).toMatchObject({ tenant: "test", type: "liked", version: 1 })
  })

  test("clients that crash all the time get everything there all the same", async () => {
    const faults = { ...NO_FAULTS, disturbances: { crash: { everyMs: 500, forMsMax: 500 } } }
    const outcome = await simulatePublishing({ events: [Liked], publish: likes, faults })
    expect(outcome.faults.crash).toBeGreaterThan(5)
    expect(byKey(outcome.events)).toEqual(byKey(likes))
  })

  test("what no reader knows is rejected with the reason, what cannot be sent is refused (U1)", async () => {
    const unknown = { type: "disliked", key: "p1", data: { postId: "p1" } }
    const wrong = { type: "liked", key: "p1", data: { postId: "p1", number: "many" } }
    const bad = { type: "liked", key: "", data: {} }
    const outcome = await simulatePublishing({ events: [Liked], publish: [unknown, wrong, bad, likes[0]!] })
    expect(outcome.events).toHaveLength(1)
    expect(outcome.rejected.map(({ type }) => type).sort()).toEqual(["disliked", "liked"])
    expect(outcome.rejected.map(({ reason }) => reason).join()).toContain("disliked")
    expect(outcome.refused).toMatchObject([{ event: bad, reason: "the key is empty" }])
  })

  test("a number of clients that cannot be is refused", async () => {
    await expect(simulatePublishing({ events: [], publish: [], clients: 0 })).rejects.toBeInstanceOf(Misuse)
  })
})
