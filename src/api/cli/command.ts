/** Owns: what a command is: its words, flags and work, as data that help, parsing and tests share. Never: running it. */

import type { Invocation } from "./invocation.ts"

export interface Flag {
  /** What stands for the value in help; without it the flag is a switch. */
  readonly takes?: string
  readonly means: string
}

export interface Operand {
  readonly name: string
  readonly means: string
  readonly optional?: boolean
}

export interface Example {
  readonly says: string
  /** What stands behind `millrace`. */
  readonly args: string
}

export interface Command {
  /** One word or two: "publish", "topology diff". */
  readonly name: string
  readonly summary: string
  readonly operands: readonly Operand[]
  readonly flags: Readonly<Record<string, Flag>>
  readonly examples: readonly Example[]
  /** Paragraphs below the flags. */
  readonly notes?: readonly string[]
  /** Resolves to the exit code. */
  run(invocation: Invocation): Promise<number>
}

/** Every command that reports has it. */
export const JSON_FLAG: Flag = { means: "print one JSON document on standard output" }

export const ACTORS_FLAG: Flag = {
  takes: "<module>",
  means: "a module of yours whose exports are events and actors",
}
