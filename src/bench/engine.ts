/**
 * Owns: measuring how many events a second one shard's machine steps, from encoded messages to encoded frames, on one
 * core: by the thread's own processor time, so that others on the machine count less. Never: the load (engine.cases.ts).
 */

import { assert } from "../base/assert.ts"
import { yieldTurn } from "../base/clock.ts"
import { engineCases } from "./engine.cases.ts"
import { type Figure, figure } from "./harness.ts"

export interface EngineBench {
  readonly progress: (line: string) => void
  readonly runs?: number
  readonly events?: number
}

const RUNS = 5
const WARM_UP_RUNS = 1

export async function benchEngine({ progress, runs = RUNS, events }: EngineBench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const each of engineCases(events)) {
    const rates: number[] = []
    for (let run = -WARM_UP_RUNS; run < runs; run++) {
      const before = process.threadCpuUsage()
      const bytes = each.run()
      const { user, system } = process.threadCpuUsage(before)
      assert(bytes > 0, `the case "${each.name}" made frames`)
      if (run >= 0) rates.push((each.events * 1_000_000) / (user + system))
      await yieldTurn()
    }
    const made = figure(each.name, "events/s", rates)
    progress(`${made.name}: ${made.value} ${made.unit}`)
    figures.push(made)
  }
  return figures
}
