/**
 * Owns: measuring what one operation on a measure's state or an actor's pane costs.
 * In nanoseconds of the thread's own processor time, so that others on the machine count less.
 * Never: what is done (measures.cases.ts says that, and what is not measured).
 */

import { assert } from "../base/assert.ts"
import { yieldTurn } from "../base/clock.ts"
import { type Figure, figure } from "./harness.ts"
import { type MeasureCase, measureCases } from "./measures.cases.ts"

export interface MeasuresBench {
  readonly progress: (line: string) => void
  readonly runs?: number
  /** Processor clocks tick in milliseconds: a run is as long as that needs. */
  readonly runMs?: number
}

const RUNS = 7
const RUN_MS = 80
const WARM_UP_RUNS = 1

export async function benchMeasures({ progress, runs = RUNS, runMs = RUN_MS }: MeasuresBench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const each of measureCases()) {
    const made = figure(each.name, "ns", await costsOf(each, runs, runMs))
    progress(`${made.name}: ${made.value} ${made.unit}`)
    figures.push(made)
  }
  return figures
}

async function costsOf(each: MeasureCase, runs: number, runMs: number): Promise<readonly number[]> {
  const costs: number[] = []
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    const cost = costOf(each, runMs)
    if (run >= 0) costs.push(cost)
    await yieldTurn()
  }
  return costs
}

function costOf({ name, operations, run }: MeasureCase, runMs: number): number {
  const before = process.threadCpuUsage()
  let work = 0
  let rounds = 0
  let usedUs = 0
  do {
    work += run()
    rounds++
    const { user, system } = process.threadCpuUsage(before)
    usedUs = user + system
  } while (usedUs < runMs * 1_000)
  assert(work > 0, `the case "${name}" does something`)
  return (usedUs * 1_000) / (rounds * operations)
}
