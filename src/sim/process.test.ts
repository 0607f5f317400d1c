import { describe, expect, test } from "vitest"
import { sleep } from "../base/clock.ts"
import { seededRandom } from "../base/random.ts"
import { type Life, Process } from "./process.ts"
import { Scheduler } from "./scheduler.ts"

function ticking(scheduler: Scheduler) {
  const ticks: string[] = []
  const process = new Process<Life>({
    scheduler,
    ports: (life) => life,
    randomFor: seededRandom,
    onFailure: (error) => {
      throw error
    },
    program: {
      name: "ticker",
      async start({ clock }) {
        for (let tick = 1; ; tick++) {
          await sleep(clock, 10)
          ticks.push(`${process.lives}:${tick}`)
        }
      },
    },
  })
  process.start()
  return { process, ticks }
}

describe("a simulated process", () => {
  test("nothing runs on after it was killed, and a new life starts from nothing (P1, P3)", async () => {
    const scheduler = new Scheduler(1)
    const { process, ticks } = ticking(scheduler)
    await scheduler.run({ untilMs: 25 })
    process.kill()
    await scheduler.run({ untilMs: 100 })
    expect(ticks).toEqual(["1:1", "1:2"])
    process.start()
    await scheduler.run({ untilMs: 115 })
    expect(ticks).toEqual(["1:1", "1:2", "2:1"])
  })

  test("a paused one gets everything that came meanwhile when it wakes, in order (P2)", async () => {
    const scheduler = new Scheduler(1)
    const got: number[] = []
    const { process } = ticking(scheduler)
    const life = new Process<Life>({
      scheduler,
      ports: (given) => given,
      randomFor: seededRandom,
      onFailure: () => {},
      program: {
        name: "sleeper",
        start(given) {
          for (let i = 1; i <= 6; i++) given.clock.after(i * 10, () => got.push(i))
        },
      },
    })
    life.start()
    await scheduler.run({ untilMs: 15 })
    life.pause()
    await scheduler.run({ untilMs: 45 })
    expect(got).toEqual([1])
    life.resume()
    await scheduler.run({ untilMs: 46 })
    expect(got).toEqual([1, 2, 3, 4])
    await scheduler.run({ untilMs: 70 })
    expect(got).toEqual([1, 2, 3, 4, 5, 6])
    process.kill()
  })

  test("what is cancelled while it was held is not run", async () => {
    const scheduler = new Scheduler(1)
    const got: string[] = []
    const process = new Process<Life>({
      scheduler,
      ports: (life) => life,
      randomFor: seededRandom,
      onFailure: () => {},
      program: {
        name: "p",
        start({ clock }) {
          const second = { timer: clock.after(1_000, () => {}) }
          clock.after(10, () => second.timer.cancel())
          second.timer.cancel()
          second.timer = clock.after(20, () => got.push("second"))
        },
      },
    })
    process.start()
    await scheduler.run({ untilMs: 5 })
    process.pause()
    await scheduler.run({ untilMs: 50 })
    process.resume()
    await scheduler.run({ untilIdle: true })
    expect(got).toEqual([])
  })

  test("a jump of its wall clock moves neither the monotonic clock nor its timers", async () => {
    const scheduler = new Scheduler(1)
    const seen: { now: number; monotonic: number }[] = []
    const process = new Process<Life>({
      scheduler,
      ports: (life) => life,
      randomFor: seededRandom,
      onFailure: () => {},
      program: {
        name: "p",
        start({ clock }) {
          for (const at of [10, 20]) {
            clock.after(at, () => seen.push({ now: clock.now(), monotonic: clock.monotonicMs() }))
          }
        },
      },
    })
    process.start()
    await scheduler.run({ untilMs: 15 })
    process.jumpWallClock(-60_000)
    await scheduler.run({ untilIdle: true })
    expect(seen.map(({ monotonic }) => monotonic)).toEqual([10, 20])
    expect(seen[1]!.now - seen[0]!.now).toBe(10 - 60_000)
  })
})
