import { describe, expect, test } from "vitest"
import { systemRandom } from "../base/random.ts"
import { formatFailure } from "./report.ts"
import { engineScenario } from "./scenarios/engine.ts"
import { simulate } from "./simulate.ts"

const KNOWN = [1, 3, 4, 7, 12, 42]
/** A new one each time: its name says which, and a failure says how to run it again. */
const FRESH = Array.from({ length: 1 }, () => systemRandom.uint32())

async function run(seed: number) {
  const report = await simulate({ seed, steps: 1, scenario: engineScenario })
  if (report.failure !== undefined) expect.fail(formatFailure(report.failure))
  return report
}

const reports = new Map<number, ReturnType<typeof run>>()

/** Once for all tests. */
function first(seed: number): ReturnType<typeof run> {
  const report = reports.get(seed) ?? run(seed)
  reports.set(seed, report)
  return report
}

describe("the engine", () => {
  test.for([...KNOWN, ...FRESH])("keeps its invariants through all faults, seed %i", async (seed) => {
    const { counts } = await first(seed)
    expect(counts.frames).toBeGreaterThan(0)
  })

  test("meets every fault, takeovers and planned ends, so that keeping them means something", async () => {
    const known = await Promise.all(KNOWN.map(first))
    const met = new Set(known.flatMap(({ faults }) => Object.keys(faults)))
    expect([...met].sort()).toEqual([
      "clockJump",
      "crash",
      "delayed",
      "duplicated",
      "logFull",
      "lostAnswer",
      "lostRequest",
      "pause",
      "serverAway",
      "slow",
    ])
    for (const name of ["takeovers", "leaves", "late", "dead", "emits", "laterEmits", "closed", "merged"]) {
      expect(
        known.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0),
        name,
      ).toBeGreaterThan(0)
    }
  })

  test("goes exactly the same way again with the same seed", async () => {
    const [once, again] = [await first(3), await run(3)]
    expect(again).toEqual({ ...once, tookMs: again.tookMs })
  })
})
