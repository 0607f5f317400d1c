/** Owns: a benchmark's runner process: starting it, hearing how far it is, ending it. Never: what it runs. */

import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Environment } from "../base/config.ts"

export type RunnerSays = { readonly kind: "ready" } | ({ readonly kind: "progress" } & RunnerProgress)

export interface RunnerProgress {
  readonly delivered: number
  readonly frames: number
  readonly bytes: number
  /** Shards whose state is what it was. */
  readonly takenOver: number
  /** From joining to the newest committed frame. */
  readonly tookMs: number
  /** Its own processor time, from joining to this report. */
  readonly cpuMs: number
  /** The most it ever had. */
  readonly rssBytes: number
}

/** The same in a clone and in the package. */
const CHILD = fileURLToPath(import.meta.url).replace("runner-process", "runner.child")

export class RunnerProcess {
  progress: RunnerProgress | undefined
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #ready: Promise<void>
  #heard: (() => void)[] = []

  constructor(
    url: string,
    load: string,
    options: { readonly environment: Environment; readonly execArgv?: readonly string[] },
  ) {
    this.#child = fork(CHILD, [url, load, "keeps"], {
      env: { ...options.environment },
      execArgv: [...(options.execArgv ?? [])],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    })
    this.#exited = once(this.#child, "exit")
    const kill = () => void this.#child.kill("SIGKILL")
    process.once("exit", kill)
    void this.#exited.then(() => process.removeListener("exit", kill))
    this.#ready = new Promise((resolve) => {
      this.#child.on("message", (message: RunnerSays) => {
        if (message.kind === "ready") resolve()
        else this.#hear(message)
      })
    })
  }

  async join(): Promise<void> {
    await Promise.race([this.#ready, this.#died()])
    this.#child.send("join")
  }

  /** Resolves at the first report for which it holds. */
  async until(holds: (progress: RunnerProgress) => boolean): Promise<RunnerProgress> {
    while (this.progress === undefined || !holds(this.progress)) {
      await Promise.race([new Promise<void>((resolve) => this.#heard.push(resolve)), this.#died()])
    }
    return this.progress
  }

  async kill9(): Promise<void> {
    this.#child.kill("SIGKILL")
    await this.#exited
  }

  async leave(): Promise<void> {
    this.#child.kill("SIGTERM")
    await this.#exited
  }

  #hear(progress: RunnerProgress): void {
    this.progress = progress
    const heard = this.#heard
    this.#heard = []
    for (const wake of heard) wake()
  }

  async #died(): Promise<never> {
    await this.#exited
    throw new Error("the runner process ended")
  }
}
