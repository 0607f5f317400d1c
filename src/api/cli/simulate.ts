/** Owns: a simulation as a command: its numbers, its scenario, its words. Never: simulating. */

import { Misuse } from "../../base/errors.ts"
import { EXIT } from "../../base/exit.ts"
import { formatReport } from "../../sim/report.ts"
import { publishScenario } from "../../sim/scenarios/publish.ts"
import { scenarioNamed, simulate } from "../../sim/simulate.ts"
import type { Invocation } from "./invocation.ts"

const OPERATION = "millrace simulate"
const SEED = 1
const STEPS = 100_000
const SCENARIOS = [publishScenario]

export async function runSimulation(invocation: Invocation): Promise<number> {
  const seed = whole(invocation, "seed", SEED)
  const steps = whole(invocation, "steps", STEPS)
  const report = await simulate({
    seed,
    steps,
    scenario: scenarioNamed(SCENARIOS, invocation.text("scenario") ?? publishScenario.name),
  })
  if (invocation.has("json")) invocation.answer(report)
  else invocation.terminal.out(`${formatReport(report)}\n`)
  return report.ok ? EXIT.done : EXIT.no
}

function whole(invocation: Invocation, flag: string, fallback: number): number {
  const text = invocation.text(flag)
  if (text === undefined) return fallback
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Misuse({ operation: OPERATION, reason: `--${flag} ${text} is not a whole number` })
}
