/**
 * Owns: one supervised role process, seen from its supervisor: telling it to start, hearing that it is ready, asking it
 * for its metrics. Never: what the role does; the other end is base/role.ts.
 */

import { Answers } from "../base/answers.ts"
import { type ChildStatus, type FromRole, parseFromRole, type RoleReport, type ToRole } from "../base/channel.ts"
import { type Clock, sleep, systemClock } from "../base/clock.ts"
import type { Environment } from "../base/config.ts"
import { Misuse } from "../base/errors.ts"
import { EXIT } from "../base/exit.ts"
import { METRICS_ANSWER_WITHIN_MS, ROLE_READY_WITHIN_MS, ROLE_STOP_WITHIN_MS } from "../base/limits.ts"
import type { Family } from "../base/metrics.ts"
import { launch, type Running } from "./process.ts"
import { diedStarting, notReady } from "./readiness.ts"
import type { Unit } from "./supervise.ts"

export interface RoleProcessOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly runDir: string
  readonly environment: Environment
  /** What it is told to start with; may take as long as the servers take. The process gets going meanwhile. */
  readonly told: () => Promise<Readonly<Record<string, string>>>
  /** What it hears of its siblings when it asks. */
  readonly children: () => readonly ChildStatus[]
  readonly clock?: Clock
}

interface Ready {
  readonly report: RoleReport
}

export class RoleProcess implements Unit {
  readonly name: string
  readonly stopWithinMs = ROLE_STOP_WITHIN_MS
  /** What it said when it was ready last. */
  report: RoleReport = {}
  readonly #options: RoleProcessOptions
  readonly #clock: Clock
  #running: Running | undefined
  readonly #answers: Answers<readonly Family[]>

  constructor(options: RoleProcessOptions) {
    this.name = options.name
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#answers = new Answers(METRICS_ANSWER_WITHIN_MS, this.#clock)
  }

  async start(signal: AbortSignal): Promise<Running> {
    const { name, runDir, command, args, environment } = this.#options
    const running = await launch({ name, runDir, command, args, env: environment, channel: true })
    const ready = this.#hear(running)
    const bound = new AbortController()
    signal.addEventListener("abort", () => bound.abort(), { once: true })
    if (signal.aborted) bound.abort()
    try {
      await this.#readyOrThrow(running, ready, bound.signal)
    } catch (error) {
      await running.stop(ROLE_STOP_WITHIN_MS)
      throw error
    } finally {
      bound.abort()
    }
    this.#running = running
    return running
  }

  /** Nothing if it is not up, or does not answer in time. */
  metrics(): Promise<readonly Family[] | undefined> {
    return this.#answers.ask((id) => this.#running?.send(askMessage(id)) === true)
  }

  async #readyOrThrow(running: Running, ready: Promise<Ready>, signal: AbortSignal): Promise<void> {
    const exited = running.exited.then((exit) => ({ exit }))
    const environment = this.#options.told().then((environment) => ({ environment }))
    const told = await Promise.race([environment, exited, whenAborted(signal)])
    if (told !== "stopped" && "environment" in told) running.send(startMessage(told.environment))
    const late = sleep(this.#clock, ROLE_READY_WITHIN_MS, signal).then(() => "late" as const)
    const outcome = await Promise.race([ready, exited, late])
    if (outcome === "late") throw notReady(running, signal.aborted ? "stopped meanwhile" : "it did not say so in time")
    if ("exit" in outcome)
      throw outcome.exit.code === EXIT.misuse ? misused(running) : diedStarting(running, outcome.exit)
    this.report = outcome.report
  }

  #hear(running: Running): Promise<Ready> {
    return new Promise((resolve) => {
      running.onMessage((message) => {
        const said: FromRole = parseFromRole(message)
        if (said.kind === "ready") resolve({ report: said.report })
        else if (said.kind === "metrics") this.#answers.take(said.id, said.families)
        else running.send(childrenMessage(said.id, this.#options.children()))
      })
    })
  }
}

function whenAborted(signal: AbortSignal): Promise<"stopped"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("stopped")
    signal.addEventListener("abort", () => resolve("stopped"), { once: true })
  })
}

const startMessage = (environment: Readonly<Record<string, string>>): ToRole => ({ kind: "start", environment })
const childrenMessage = (id: number, children: readonly ChildStatus[]): ToRole => ({ kind: "children", id, children })
const askMessage = (id: number): ToRole => ({ kind: "ask metrics", id })

/** It was told something wrong, and would be again: starting it once more cannot help. */
function misused(running: Running): Misuse {
  return new Misuse({ operation: `start ${running.name}`, reason: running.lastWords() })
}
