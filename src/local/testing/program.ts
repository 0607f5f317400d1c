/** Owns: running a program of ours as people do, in a group of its own, and waiting for what it says. For tests. */

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { sleep, systemClock } from "../../base/clock.ts"

const WAIT_AT_MOST_MS = 60_000
const LOOK_AGAIN_MS = 20

export interface Ended {
  readonly code: number | null
  readonly output: string
}

export class Program {
  readonly pid: number
  output = ""
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, args, {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    })
    this.pid = this.#child.pid!
    this.#closed = once(this.#child, "close")
    const hear = (bytes: Buffer) => {
      this.output += bytes.toString("utf8")
    }
    this.#child.stdout?.on("data", hear)
    this.#child.stderr?.on("data", hear)
    const kill = () => void this.#child.kill("SIGKILL")
    process.once("exit", kill)
    void this.#closed.then(() => process.removeListener("exit", kill))
  }

  /** Resolves to the first line that matches; fails if the program ends without it. */
  async says(pattern: RegExp): Promise<string> {
    const found = () => this.output.split("\n").find((line) => pattern.test(line))
    await until(() => found() !== undefined || this.#child.exitCode !== null, `it says ${pattern}`)
    await (found() === undefined ? this.#closed : undefined)
    const line = found()
    if (line === undefined) throw new Error(`it ended without saying ${pattern}; it said:\n${this.output}`)
    return line
  }

  /** To the program alone. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** To its whole group, as a terminal does with Ctrl-C. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal)
  }

  async ended(): Promise<Ended> {
    await this.#closed
    return { code: this.#child.exitCode, output: this.output }
  }
}

/** Waits for a condition, not for a time. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = systemClock.monotonicMs() + WAIT_AT_MOST_MS
  while (!(await holds())) {
    if (systemClock.monotonicMs() > giveUpAt) throw new Error(`not so within ${WAIT_AT_MOST_MS} ms: ${what}`)
    await sleep(systemClock, LOOK_AGAIN_MS)
  }
}
