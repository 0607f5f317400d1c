/** Owns: one call of one command: what was given, and what the process lends it. Never: parsing (parse.ts). */

import { assert } from "../../base/assert.ts"
import type { Environment } from "../../base/config.ts"
import type { Terminal } from "./terminal.ts"
import type { Wiring } from "./wiring.ts"

export interface Given {
  readonly operands: readonly string[]
  /** Switches are true; the others have their text. */
  readonly flags: ReadonlyMap<string, string | true>
}

export interface Surroundings {
  readonly environment: Environment
  readonly terminal: Terminal
  readonly wiring: Wiring
  /** The version of this package. */
  readonly version: string
}

export class Invocation {
  readonly environment: Environment
  readonly terminal: Terminal
  readonly wiring: Wiring
  readonly version: string
  readonly operands: readonly string[]
  readonly #flags: Given["flags"]

  constructor(given: Given, { environment, terminal, wiring, version }: Surroundings) {
    this.operands = given.operands
    this.#flags = given.flags
    this.environment = environment
    this.terminal = terminal
    this.wiring = wiring
    this.version = version
  }

  /** An operand that parsing has seen to be there. */
  operand(index: number): string {
    const operand = this.operands[index]
    assert(operand !== undefined, `operand ${index} was not required`)
    return operand
  }

  has(flag: string): boolean {
    return this.#flags.has(flag)
  }

  text(flag: string): string | undefined {
    const value = this.#flags.get(flag)
    assert(value !== true, `--${flag} is a switch`)
    return value
  }

  /** The one document of `--json`. */
  answer(document: unknown): void {
    this.terminal.out(`${JSON.stringify(document, plainBigint, 2)}\n`)
  }
}

function plainBigint(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value
}
