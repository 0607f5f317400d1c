/** Owns: a benchmark as a command: its progress and its figures in words. Never: measuring. */

import { readSettings } from "../../base/config.ts"
import { EXIT } from "../../base/exit.ts"
import type { BenchReport } from "../../bench/harness.ts"
import { BENCHES, runBench } from "../../bench/run.ts"
import type { Invocation } from "./invocation.ts"

export async function runBenchCommand(invocation: Invocation): Promise<number> {
  const { environment, terminal } = invocation
  const name = invocation.operand(0)
  if (name === "list") return list(invocation)
  const progress = (line: string) => terminal.err(`${line}\n`)
  const report = await runBench(name, { cache: readSettings(environment).cache, environment, progress })
  if (invocation.has("json")) invocation.answer(report)
  else terminal.out(reportText(report))
  return EXIT.done
}

function list(invocation: Invocation): number {
  const benches = Object.entries(BENCHES).map(([name, { about }]) => ({ name, about }))
  if (invocation.has("json")) invocation.answer({ benches })
  else invocation.terminal.out(benches.map(({ name, about }) => `${name}: ${about}\n`).join(""))
  return EXIT.done
}

function reportText({ figures }: BenchReport): string {
  const rows = figures.map(({ name, value, unit }) => [name, value.toLocaleString("en-US"), unit] as const)
  const widths = [0, 1].map((at) => Math.max(0, ...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map(([name, value, unit]) => `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)} ${unit}\n`)
    .join("")
}
