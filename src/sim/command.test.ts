import { expect, test } from "vitest"
import { Misuse } from "../base/errors.ts"
import { runSimulate } from "./command.ts"
import { formatReport } from "./report.ts"
import type { Scenario } from "./scenario.ts"
import { simulate } from "./simulate.ts"

test("a scenario that is not there is refused, with those that are", async () => {
  const failure = await runSimulate({ seed: 1, steps: 1, scenario: "no such" }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Misuse)
  expect(String(failure)).toContain("publish")
})

test.for([
  { seed: 1.5, steps: 1 },
  { seed: 1, steps: -1 },
  { seed: Number.NaN, steps: 1 },
])("numbers that are none are refused: %o", async (numbers) => {
  await expect(runSimulate(numbers)).rejects.toBeInstanceOf(Misuse)
})

/** Every 10 ms a tick; in the rounds of some seeds something is wrong. */
function tickingScenario(isWrong: (steps: number) => boolean): Scenario {
  return {
    name: "ticking",
    says: "ticks",
    open({ scheduler }) {
      let finishing = false
      const tick = () => {
        if (!finishing) scheduler.schedule(10, "clock", "tick", tick)
      }
      tick()
      return {
        async finish() {
          finishing = true
        },
        check: async () => (isWrong(scheduler.steps) ? [{ invariant: "nothing is wrong", found: "something is" }] : []),
        counts: () => ({ ticks: scheduler.steps }),
      }
    },
  }
}

test("rounds follow each other until there are enough steps, and sum up", async () => {
  const report = await simulate({ seed: 5, steps: 60_000, scenario: tickingScenario(() => false) })
  expect(report.ok).toBe(true)
  expect(report.rounds).toBeGreaterThan(1)
  expect(report.steps).toBeGreaterThanOrEqual(60_000)
  expect(report.counts.ticks).toBe(report.steps)
  expect(formatReport(report)).toContain("no invariant was violated")
})

test("a failure names the invariant, the last steps and the command that repeats its round alone", async () => {
  const scenario = tickingScenario((steps) => steps > 25_000)
  const { failure, ...report } = await simulate({ seed: 5, steps: 1_000_000, scenario })
  expect(report.ok).toBe(false)
  expect(failure?.violations).toEqual([{ invariant: "nothing is wrong", found: "something is" }])
  expect(failure?.trace.at(-1)?.step).toBe(failure?.steps)
  expect(failure?.trace.filter(({ what }) => what === "tick").length).toBeGreaterThan(10)
  const [, seed, steps] = /--seed (\d+) --steps (\d+) --scenario ticking$/.exec(failure?.command ?? "") ?? []
  const again = await simulate({ seed: Number(seed), steps: Number(steps), scenario })
  expect(again.rounds).toBe(1)
  expect(again.failure).toEqual(failure)
  const text = formatReport(again)
  for (const part of ["nothing is wrong", "something is", "clock", `again:  ${failure?.command}`]) {
    expect(text).toContain(part)
  }
})

test("what cannot come to its end is a violation, and so is what throws", async () => {
  const stuck: Scenario = {
    name: "stuck",
    says: "waits for ever",
    open: () => ({ finish: () => new Promise(() => {}), check: async () => [], counts: () => ({}) }),
  }
  const waiting = await simulate({ seed: 1, steps: 1, scenario: stuck })
  expect(waiting.failure?.violations[0]?.invariant).toContain("comes to its end")
  const throwing: Scenario = {
    name: "throwing",
    says: "breaks",
    open({ scheduler }) {
      scheduler.schedule(10, "a", "breaks", () => {
        throw new Error("broken inside")
      })
      return { finish: async () => {}, check: async () => [], counts: () => ({}) }
    },
  }
  const thrown = await simulate({ seed: 1, steps: 1, scenario: throwing })
  expect(thrown.failure?.violations[0]?.found).toContain("broken inside")
})
