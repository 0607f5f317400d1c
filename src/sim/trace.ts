/**
 * Owns: the last lines of what happened, and one number that stands for all of it.
 * Never: growing; a run of a million steps keeps as many lines as one of a thousand.
 */

import { fnv1a, mix32 } from "../base/hash.ts"

/** Finer than any step of virtual time, so that no two times look the same. */
const TRACE_UNITS_PER_MS = 64

export interface TraceLine {
  readonly step: number
  readonly atMs: number
  readonly who: string
  readonly what: string
}

export class Trace {
  readonly #lines: TraceLine[] = []
  readonly #linesMax: number
  #written = 0
  #hash = 0

  constructor(linesMax: number) {
    this.#linesMax = linesMax
  }

  write(line: TraceLine): void {
    this.#lines[this.#written++ % this.#linesMax] = line
    this.#hash = mix32(fnv1a(line.what, fnv1a(line.who, this.#hash ^ (line.atMs * TRACE_UNITS_PER_MS))))
  }

  /** Equal for equal runs, whatever the ring has kept. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, "0")
  }

  /** Oldest first. */
  last(lines: number): readonly TraceLine[] {
    const kept = Math.min(lines, this.#written, this.#linesMax)
    return Array.from({ length: kept }, (_, i) => this.#lines[(this.#written - kept + i) % this.#linesMax]!)
  }
}

export function formatLine(line: TraceLine): string {
  return `${String(line.step).padStart(9)}  ${(line.atMs / 1000).toFixed(4).padStart(11)}s  ${line.who.padEnd(14)} ${line.what}`
}
