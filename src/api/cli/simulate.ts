/** Owns: a simulation as a command: its numbers and its words. Never: simulating. */

import { Misuse } from "../../base/errors.ts"
import { EXIT } from "../../base/exit.ts"
import { runSimulate, SCENARIOS } from "../../sim/command.ts"
import { formatReport } from "../../sim/report.ts"
import type { Invocation } from "./invocation.ts"

const SEED = 1
const STEPS = 100_000

export async function runSimulation(invocation: Invocation): Promise<number> {
  if (invocation.text("scenario") === "list") return listScenarios(invocation)
  const seed = whole(invocation, "seed", SEED)
  const steps = whole(invocation, "steps", STEPS)
  const scenario = invocation.text("scenario")
  const report = await runSimulate({ seed, steps, ...(scenario === undefined ? {} : { scenario }) })
  if (invocation.has("json")) invocation.answer(report)
  else invocation.terminal.out(`${formatReport(report)}\n`)
  return report.ok ? EXIT.done : EXIT.no
}

function listScenarios(invocation: Invocation): number {
  const listed = SCENARIOS.map(({ name, says }) => ({ name, says }))
  if (invocation.has("json")) invocation.answer({ scenarios: listed })
  else invocation.terminal.out(listed.map(({ name, says }) => `${name}: ${says}\n`).join(""))
  return EXIT.done
}

function whole(invocation: Invocation, flag: string, fallback: number): number {
  const text = invocation.text(flag)
  if (text === undefined) return fallback
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Misuse({ operation: "millrace simulate", reason: `--${flag} ${text} is not a whole number` })
}
