/**
 * Owns: running a scenario in one world after the other until enough steps are made, and saying how it went.
 * Never: what is wrong with what was found; it prints the way there, and the command that goes it again.
 *
 * Each round is a world of its own whose seed follows from the run's, the first one's being the run's itself: so the
 * failing round alone, by its own seed, repeats a failure found after millions of steps.
 */

import { type Clock, systemClock } from "../base/clock.ts"
import { explain } from "../base/errors.ts"
import { mix32 } from "../base/hash.ts"
import {
  SIM_FINISH_STEPS_MAX,
  SIM_ROUND_STEPS_MAX,
  SIM_ROUND_STEPS_MIN,
  SIM_TRACE_LINES_MAX,
  SIM_TRACE_LINES_SHOWN,
  SIM_VIOLATIONS_SHOWN_MAX,
} from "../base/limits.ts"
import { below } from "../base/random.ts"
import { describePlan, type FaultPlan } from "./faults.ts"
import type { Scenario, Stage, Violation } from "./scenario.ts"
import { Stuck } from "./scheduler.ts"
import type { TraceLine } from "./trace.ts"
import { World } from "./world.ts"

const REST = "what was begun comes to its end when there is peace"

export interface SimulateOptions {
  readonly seed: number
  /** At least that many; a round that was begun is finished. */
  readonly steps: number
  readonly scenario: Scenario
  /** Of the real time it takes. */
  readonly clock?: Clock
  /** For tests that look for something: steps of trouble in a round, and what the trouble is; drawn unless said. */
  readonly roundSteps?: number
  readonly plan?: FaultPlan
}

export interface SimulateReport {
  readonly ok: boolean
  readonly scenario: string
  readonly seed: number
  readonly steps: number
  readonly rounds: number
  /** How much time went by inside. */
  readonly virtualMs: number
  readonly tookMs: number
  /** Equal for equal runs. */
  readonly hash: string
  readonly counts: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
  readonly failure?: SimulateFailure
}

export interface SimulateFailure {
  readonly violations: readonly Violation[]
  readonly violationsInAll: number
  /** Of the round. */
  readonly seed: number
  readonly steps: number
  readonly faults: readonly string[]
  /** The last steps. */
  readonly trace: readonly TraceLine[]
  /** Those that have to do with the first violation, as far as they were kept. */
  readonly related: readonly TraceLine[]
  readonly command: string
}

export async function simulate(options: SimulateOptions): Promise<SimulateReport> {
  const { scenario, seed, clock = systemClock } = options
  const startedMs = clock.monotonicMs()
  const sum = { steps: 0, rounds: 0, virtualMs: 0, hash: 0 }
  const counts: Record<string, number> = {}
  const faults: Record<string, number> = {}
  let failure: SimulateFailure | undefined
  while (failure === undefined && (sum.steps < options.steps || sum.rounds === 0)) {
    const roundSeed = sum.rounds === 0 ? seed : mix32(seed ^ mix32(sum.rounds))
    const round = await runRound(options, roundSeed)
    failure = round.failure
    sum.rounds++
    sum.steps += round.steps
    sum.virtualMs += round.virtualMs
    sum.hash = mix32(sum.hash ^ Number.parseInt(round.hash, 16))
    addTo(counts, round.counts)
    addTo(faults, round.faults)
  }
  return {
    ok: failure === undefined,
    scenario: scenario.name,
    seed,
    steps: sum.steps,
    rounds: sum.rounds,
    virtualMs: Math.round(sum.virtualMs),
    tookMs: Math.round(clock.monotonicMs() - startedMs),
    hash: sum.hash.toString(16).padStart(8, "0"),
    counts,
    faults,
    ...(failure === undefined ? {} : { failure }),
  }
}

interface Round {
  readonly steps: number
  readonly virtualMs: number
  readonly hash: string
  readonly counts: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
  readonly failure: SimulateFailure | undefined
}

async function runRound({ scenario, roundSteps, plan }: SimulateOptions, seed: number): Promise<Round> {
  const world = new World(seed, plan)
  const { scheduler } = world
  const stage = scenario.open(world)
  const violations = await runStage(world, stage, roundSteps)
  return {
    steps: scheduler.steps,
    virtualMs: scheduler.nowMs,
    hash: scheduler.trace.hash,
    counts: stage.counts(),
    faults: Object.fromEntries(world.faultCounts),
    failure: violations.length === 0 ? undefined : failureOf(scenario, seed, world, violations),
  }
}

/** Trouble, then peace, then rest; then everything is recounted. */
async function runStage(world: World, stage: Stage, roundSteps?: number): Promise<readonly Violation[]> {
  const { scheduler, random } = world
  const steps = roundSteps ?? SIM_ROUND_STEPS_MIN + below(random, SIM_ROUND_STEPS_MAX - SIM_ROUND_STEPS_MIN)
  try {
    world.startTrouble()
    await scheduler.run({ steps })
    world.makePeace()
    let finished = false
    const finish = stage.finish().then(() => {
      finished = true
    })
    scheduler.expect("the end of what was begun", finish)
    const ended = await scheduler.run({ until: () => finished, withinSteps: SIM_FINISH_STEPS_MAX })
    if (ended === "steps") return [{ invariant: REST, found: `not within ${SIM_FINISH_STEPS_MAX} steps` }]
    return await stage.check()
  } catch (error) {
    if (error instanceof Stuck) return [{ invariant: REST, found: explain(error) }]
    return [{ invariant: "nothing fails that nobody made fail", found: explain(error) }]
  }
}

function failureOf(scenario: Scenario, seed: number, world: World, violations: readonly Violation[]): SimulateFailure {
  const { scheduler } = world
  return {
    violations: someOfEach(violations),
    violationsInAll: violations.length,
    seed,
    steps: scheduler.steps,
    faults: describePlan(world.plan),
    trace: scheduler.trace.last(SIM_TRACE_LINES_SHOWN),
    related: relatedLines(scheduler.trace.last(SIM_TRACE_LINES_MAX), violations),
    command: `npx millrace simulate --seed ${seed} --steps ${scheduler.steps} --scenario ${scenario.name}`,
  }
}

function relatedLines(lines: readonly TraceLine[], violations: readonly Violation[]): readonly TraceLine[] {
  const about = violations.find((violation) => violation.about !== undefined)?.about
  if (about === undefined) return []
  const word = (line: TraceLine) => line.what.endsWith(` ${about}`)
  return lines.filter(word).slice(0, SIM_TRACE_LINES_SHOWN)
}

/** So that a flood of one kind does not hide the others. */
function someOfEach(violations: readonly Violation[]): readonly Violation[] {
  const kinds = new Set(violations.map(({ invariant }) => invariant))
  const each = Math.max(1, Math.floor(SIM_VIOLATIONS_SHOWN_MAX / kinds.size))
  return [...kinds].flatMap((kind) => violations.filter(({ invariant }) => invariant === kind).slice(0, each))
}

function addTo(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count
}
