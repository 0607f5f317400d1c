/**
 * Owns: what a benchmark reports, and how a figure is made of its runs. Never: what is measured.
 * A figure says what one machine did with the load in the same place; compare figures of one report.
 */

import { availableParallelism, cpus, totalmem } from "node:os"
import { assert } from "../base/assert.ts"

export interface Figure {
  readonly name: string
  readonly unit: string
  /** The median of the runs. */
  readonly value: number
  readonly runs: readonly number[]
}

export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryBytes: number
  readonly node: string
  /** Versions of the servers that took part. */
  readonly servers: Readonly<Record<string, string>>
}

export interface BenchReport {
  readonly bench: string
  readonly machine: Machine
  readonly figures: readonly Figure[]
}

export function machine(servers: Readonly<Record<string, string>>): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    memoryBytes: totalmem(),
    node: process.versions.node,
    servers,
  }
}

export function figure(name: string, unit: string, runs: readonly number[]): Figure {
  const rounded = runs.map(round)
  return { name, unit, value: round(median(runs)), runs: rounded }
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The smallest value that at least this part of all does not exceed; of two middle ones their mean. */
export function percentile(values: readonly number[], part: number): number {
  assert(values.length > 0, "a figure needs a run")
  const sorted = [...values].sort((a, b) => a - b)
  const at = part * sorted.length
  const above = sorted[Math.min(Math.floor(at), sorted.length - 1)]!
  return part === 0.5 && Number.isInteger(at) ? (sorted[at - 1]! + above) / 2 : above
}

/** To four significant digits: more would pretend. */
function round(value: number): number {
  return Number(value.toPrecision(4))
}
