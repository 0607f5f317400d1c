/** Owns: what `millrace simulate` runs. Never: flags or printing (the command line does that). */

import { Misuse } from "../base/errors.ts"
import { pick } from "../base/random.ts"
import type { Scenario } from "./scenario.ts"
import { engineScenario } from "./scenarios/engine.ts"
import { publishScenario } from "./scenarios/publish.ts"
import { type SimulateReport, simulate } from "./simulate.ts"

const EACH: readonly Scenario[] = [publishScenario, engineScenario]

const allScenario: Scenario = {
  name: "all",
  says: "each round is one of the others, as its seed has it",
  open: (world) => pick(world.random, EACH).open(world),
}

export const SCENARIOS: readonly Scenario[] = [allScenario, ...EACH]

export interface RunSimulateOptions {
  readonly seed: number
  readonly steps: number
  /** By name; all of them in turn unless said. */
  readonly scenario?: string
}

/** Refusals are everyday in a simulation, and their whole stacks would cost as much as all else. */
const STACK_FRAMES = 3

/** Throws Misuse for a scenario there is not, or numbers that are none. */
export async function runSimulate(options: RunSimulateOptions): Promise<SimulateReport> {
  const { seed, steps } = options
  const scenario = scenarioNamed(options.scenario ?? allScenario.name)
  for (const [name, value] of Object.entries({ seed, steps })) {
    if (Number.isSafeInteger(value) && value >= 0) continue
    throw new Misuse({ operation: "simulate", reason: `${name} must be a whole number from 0, not ${value}` })
  }
  const usual = Error.stackTraceLimit
  Error.stackTraceLimit = STACK_FRAMES
  try {
    return await simulate({ seed, steps, scenario })
  } finally {
    Error.stackTraceLimit = usual
  }
}

function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name)
  if (found !== undefined) return found
  throw new Misuse({
    operation: "simulate",
    reason: `there is no scenario ${JSON.stringify(name)}`,
    hint: `there are ${SCENARIOS.map((scenario) => scenario.name).join(", ")}`,
  })
}
