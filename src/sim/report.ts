/** Owns: a report as a person reads it. Never: deciding anything. */

import type { SimulateFailure, SimulateReport } from "./simulate.ts"
import { formatLine, type TraceLine } from "./trace.ts"

export function formatReport(report: SimulateReport): string {
  const { scenario, seed, steps, rounds, virtualMs, tookMs, hash, counts, faults, failure } = report
  const rate = Math.round((steps / Math.max(1, tookMs)) * 1000)
  const lines = [
    `${scenario}, seed ${seed}: ${whole(steps)} steps in ${rounds} rounds, ${whole(virtualMs / 1000)} s of virtual time`,
    `  took ${(tookMs / 1000).toFixed(1)} s (${whole(rate)} steps/s), trace ${hash}`,
    `  did     ${listed(counts)}`,
    `  faults  ${listed(faults)}`,
  ]
  return [...lines, failure === undefined ? "no invariant was violated" : formatFailure(failure)].join("\n")
}

export function formatFailure(failure: SimulateFailure): string {
  const { violations, violationsInAll, faults, trace, related, seed, steps, command } = failure
  return [
    "",
    `VIOLATED in the round of seed ${seed}, ${whole(steps)} steps, with ${faults.join(", ") || "no faults"}:`,
    ...violations.map(({ invariant, found }) => `  ${invariant}\n    ${found}`),
    ...(violationsInAll > violations.length ? [`  and ${violationsInAll - violations.length} more`] : []),
    ...section("what happened to it:", related),
    ...section("the last steps:", trace),
    "",
    `again:  ${command}`,
  ].join("\n")
}

function section(title: string, lines: readonly TraceLine[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${formatLine(line)}`)]
}

function listed(counts: Readonly<Record<string, number>>): string {
  const names = Object.keys(counts).sort()
  return names.map((name) => `${name} ${whole(counts[name] ?? 0)}`).join(", ") || "none"
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US")
}
