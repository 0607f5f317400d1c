import { describe, expect, test } from "vitest"
import { clockContract } from "../base/clock.contract.ts"
import { sleep } from "../base/clock.ts"
import { below } from "../base/random.ts"
import { Life } from "./process.ts"
import { Scheduler, Stuck } from "./scheduler.ts"

clockContract("virtual time", () => {
  const scheduler = new Scheduler(1)
  const life = new Life(scheduler, "p")
  return {
    clock: life.clock,
    async elapse(ms) {
      await scheduler.run({ untilMs: scheduler.nowMs + ms })
    },
  }
})

/** Ten sleepers that wake each other in ways only the seed decides. */
async function runOnce(seed: number): Promise<{ readonly hash: string; readonly order: string }> {
  const scheduler = new Scheduler(seed)
  const order: number[] = []
  const sleeper = async (id: number) => {
    const { clock } = new Life(scheduler, `sleeper ${id}`)
    for (let i = 0; i < 20; i++) {
      await sleep(clock, 1 + below(scheduler.random, 3))
      await Promise.resolve()
      order.push(id)
    }
  }
  for (let id = 0; id < 10; id++) scheduler.expect(`sleeper ${id}`, sleeper(id))
  await scheduler.run({ untilIdle: true })
  return { hash: scheduler.trace.hash, order: order.join() }
}

describe("the scheduler", () => {
  test("the same seed gives the same steps (T1)", async () => {
    const first = await runOnce(7)
    expect(await runOnce(7)).toEqual(first)
    expect(first.order.split(",")).toHaveLength(200)
  })

  test("another seed gives another order, of things due at the same time too (T1)", async () => {
    expect((await runOnce(8)).hash).not.toBe((await runOnce(7)).hash)
    const orders = new Set<string>()
    for (let seed = 0; seed < 20; seed++) {
      const scheduler = new Scheduler(seed)
      const order: string[] = []
      for (const who of ["a", "b", "c"]) scheduler.schedule(5, who, "is due", () => order.push(who))
      await scheduler.run({ untilIdle: true })
      orders.add(order.join(""))
    }
    expect(orders.size).toBeGreaterThan(3)
  })

  test("a step ends when its promises have gone as far as they can (T2)", async () => {
    const scheduler = new Scheduler(1)
    const seen: string[] = []
    scheduler.schedule(1, "a", "a long chain", () => {
      let chain = Promise.resolve()
      for (let i = 0; i < 100; i++) chain = chain.then(() => {})
      void chain.then(() => seen.push("end of the chain"))
    })
    scheduler.schedule(2, "b", "the next step", () => seen.push("next step"))
    await scheduler.run({ untilIdle: true })
    expect(seen).toEqual(["end of the chain", "next step"])
  })

  test("it stops after so many steps, at a time, or when something is so", async () => {
    const scheduler = new Scheduler(1)
    let fired = 0
    for (let i = 1; i <= 100; i++) scheduler.schedule(i * 10, "a", "tick", () => fired++)
    expect(await scheduler.run({ steps: 3 })).toBe("steps")
    expect(fired).toBe(3)
    expect(await scheduler.run({ untilMs: 99 })).toBe("time")
    expect([fired, scheduler.nowMs]).toEqual([9, 99])
    expect(await scheduler.run({ until: () => fired === 20, withinSteps: 50 })).toBe("so")
    expect(await scheduler.run({ until: () => fired === 0, withinSteps: 50 })).toBe("steps")
    expect(await scheduler.run({ untilIdle: true })).toBe("idle")
    expect(fired).toBe(100)
  })

  test("work that nothing can end any more is named (T3)", async () => {
    const scheduler = new Scheduler(1)
    scheduler.expect("the answer that never comes", new Promise(() => {}))
    scheduler.schedule(1, "a", "something else", () => {})
    const failure = await scheduler.run({ untilIdle: true }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Stuck)
    expect(String(failure)).toContain("the answer that never comes")
  })

  test("what a step throws, and what expected work rejects with, ends the run", async () => {
    const throwing = new Scheduler(1)
    throwing.schedule(1, "a", "breaks", () => {
      throw new Error("broken at once")
    })
    await expect(throwing.run({ untilIdle: true })).rejects.toThrow("broken at once")
    const rejecting = new Scheduler(1)
    rejecting.expect(
      "work",
      sleep(new Life(rejecting, "a").clock, 5).then(() => Promise.reject(new Error("later"))),
    )
    rejecting.schedule(10, "a", "too late", () => {})
    await expect(rejecting.run({ untilIdle: true })).rejects.toThrow("later")
    expect(rejecting.nowMs).toBe(5)
  })

  test("a trace keeps the last lines only, and its hash stands for all", async () => {
    const scheduler = new Scheduler(1)
    for (let i = 0; i < 100_000; i++) scheduler.schedule(i, "a", `tick ${i}`, () => {})
    await scheduler.run({ untilIdle: true })
    const lines = scheduler.trace.last(1_000_000)
    expect(lines.length).toBeLessThan(100_000)
    expect(lines.at(-1)?.what).toBe("tick 99999")
    expect(lines[0]?.step).toBe(100_000 - lines.length + 1)
  })
})
