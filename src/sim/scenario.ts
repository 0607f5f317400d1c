/** Owns: what a scenario is to the simulator. Never: any one of them (scenarios/). */

import type { World } from "./world.ts"

export interface Scenario {
  readonly name: string
  readonly says: string
  /** Sets the stage: servers and processes, at work. */
  open(world: World): Stage
}

export interface Stage {
  /** No new work; ends when what was begun has come to its end. Called when there is peace. */
  finish(): Promise<void>
  /** Recounts everything, by means of its own. Called when nothing is left to happen. */
  check(): Promise<readonly Violation[]>
  /** What was done, for the report. */
  counts(): Readonly<Record<string, number>>
}

export interface Violation {
  /** The promise that was broken, as it reads in the scenario's list. */
  readonly invariant: string
  /** What was found: names, keys, sequences. */
  readonly found: string
  /** What stands in the trace's lines that have to do with it: a message's id. */
  readonly about?: string
}
