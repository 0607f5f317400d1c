import { describe, expect, test } from "vitest"
import { systemRandom } from "../../base/random.ts"
import { formatFailure } from "../report.ts"
import { simulate } from "../simulate.ts"
import { publishScenario } from "./publish.ts"

const STEPS = 25_000
/** 754091586 once found a copy that came after its message was refused. */
const KNOWN = [7, 42, 1_000, 754_091_586]
/** New ones each time: their names say which, and a failure says how to run it again. */
const FRESH = Array.from({ length: 3 }, () => systemRandom.uint32())

async function run(seed: number) {
  const report = await simulate({ seed, steps: STEPS, scenario: publishScenario })
  if (report.failure !== undefined) expect.fail(formatFailure(report.failure))
  return report
}

describe("publishing", () => {
  test.for([...KNOWN, ...FRESH])("keeps its promises through all faults, seed %i", async (seed) => {
    const { counts, steps } = await run(seed)
    expect(steps).toBeGreaterThanOrEqual(STEPS)
    expect(counts.acknowledged).toBeGreaterThan(0)
  })

  test("meets every fault and every kind of answer, so that keeping them means something", async () => {
    const reports = await Promise.all(KNOWN.map(run))
    const met = new Set(reports.flatMap(({ faults }) => Object.keys(faults)))
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
    for (const name of ["acknowledged", "refused", "unknown", "nothing", "noRoom", "retries", "duplicates", "full"]) {
      expect(
        reports.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0),
        name,
      ).toBeGreaterThan(0)
    }
  })

  test("goes exactly the same way again with the same seed, and another with another", async () => {
    const [first, again, other] = [await run(42), await run(42), await run(43)]
    expect(again).toEqual({ ...first, tookMs: again.tookMs })
    expect(other.hash).not.toBe(first.hash)
  })
})
