/** Owns: a benchmark as a command: its progress and its figures in words. Never: measuring. */

import { readSettings } from "../../base/config.ts"
import { EXIT } from "../../base/exit.ts"
import type { BenchReport } from "../../bench/harness.ts"
import { BENCHES, runBench } from "../../bench/run.ts"
import type { Invocation } from "./invocation.ts"

export async function runBenchCommand(invocation: Invocation): Promise<number> {
  const { environment, terminal } = invocation
  const name = invocation.operands[0]
  if (name === "list") return list(invocation)
  const options = {
    cache: readSettings(environment).cache,
    environment,
    progress: (line: string) => terminal.err(`${line}\n`),
  }
  const reports: BenchReport[] = []
  for (const each of name === undefined ? Object.keys(BENCHES) : [name]) {
    const report = await runBench(each, options)
    reports.push(report)
    if (!invocation.has("json")) terminal.out(reportText(report))
  }
  if (invocation.has("json")) invocation.answer(name === undefined ? { reports } : reports[0])
  return EXIT.done
}

function list(invocation: Invocation): number {
  const benches = Object.entries(BENCHES).map(([name, { about }]) => ({ name, about }))
  if (invocation.has("json")) invocation.answer({ benches })
  else invocation.terminal.out(benches.map(({ name, about }) => `${name}: ${about}\n`).join(""))
  return EXIT.done
}

function reportText({ bench, machine, figures }: BenchReport): string {
  const servers = Object.entries(machine.servers).map(([name, version]) => `, ${name} ${version}`)
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`
  const on = `${bench} on ${machine.cores} cores of ${machine.processor}, ${memory}, node ${machine.node}${servers.join("")}`
  const rows = figures.map(({ name, value, unit }) => [name, value.toLocaleString("en-US"), unit] as const)
  const widths = [0, 1].map((at) => Math.max(0, ...rows.map((row) => row[at]?.length ?? 0)))
  const lines = rows
    .map(([name, value, unit]) => `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)} ${unit}\n`)
    .join("")
  return `${on}\n${lines}`
}
