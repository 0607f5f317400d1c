/**
 * Owns: measuring how many stored events a second one core turns into validated events of the current version.
 * Rates are per second of the thread's own processor time, so that others on the machine count less.
 * Never: what is decoded (decode.cases.ts says that, and what is not measured).
 */

import { yieldTurn } from "../base/clock.ts"
import { type DecodeCase, decodeCases } from "./decode.cases.ts"
import { type Figure, figure } from "./harness.ts"

export interface DecodeBench {
  readonly progress: (line: string) => void
  readonly runs?: number
  /** Of one run. */
  readonly eventsOfARun?: number
}

const RUNS = 9
const EVENTS_OF_A_RUN = 150_000
/** Until the compiler has seen what is usual. */
const WARM_UP_RUNS = 3

export async function benchDecode({
  progress,
  runs = RUNS,
  eventsOfARun = EVENTS_OF_A_RUN,
}: DecodeBench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const each of decodeCases()) {
    const made = figure(each.name, "events/s", await ratesOf(each, runs, eventsOfARun))
    progress(`${made.name}: ${Math.round(made.value)} ${made.unit}`)
    figures.push(made)
  }
  return figures
}

async function ratesOf(each: DecodeCase, runs: number, eventsOfARun: number): Promise<readonly number[]> {
  const rates: number[] = []
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    const rate = rateOf(each, eventsOfARun)
    if (run >= 0) rates.push(rate)
    await yieldTurn()
  }
  return rates
}

function rateOf({ events, run }: DecodeCase, eventsOfARun: number): number {
  const rounds = Math.max(1, Math.round(eventsOfARun / events))
  const before = process.threadCpuUsage()
  for (let round = 0; round < rounds; round++) run()
  const { user, system } = process.threadCpuUsage(before)
  return (rounds * events * 1_000_000) / Math.max(1, user + system)
}
