/**
 * Owns: keeping children alive: starting, starting again, giving up, stopping in order.
 * Never: the rule (restart.ts), or what a child is (its unit).
 *
 * V1 each restart and its reason is said in one line.
 * V2 a unit that is given up ends the whole: `failed` resolves with its last words.
 * V3 once stop is called nothing is started any more, and stop resolves only when nothing runs.
 */

import type { ChildStatus } from "../base/channel.ts"
import { type Clock, sleep, systemClock } from "../base/clock.ts"
import { explain, Failure, Unreachable } from "../base/errors.ts"
import type { Running } from "./process.ts"
import { describeExit } from "./readiness.ts"
import { afterDeath, type Deaths } from "./restart.ts"

export interface Unit {
  readonly name: string
  readonly stopWithinMs: number
  /** Resolves once ready. Cleans up after itself if it fails, or if the signal fires first. */
  start(signal: AbortSignal): Promise<Running>
}

interface Kept {
  readonly unit: Unit
  running: Running | undefined
  ended: Promise<void>
  state: ChildStatus["state"]
  sinceMs: number
  restarts: number
  lastFailure: string | null
  /** Its next end is wanted, and no death. */
  renewing: boolean
  /** Told once it is ready again, or never will be. */
  readonly awaited: (() => void)[]
}

export type Watched = Omit<ChildStatus, "kind" | "origin" | "address">

export class Supervisor {
  /** Resolves (never rejects) with the failure that ends the whole. */
  readonly failed: Promise<Failure>
  readonly #kept: Kept[] = []
  readonly #stopping = new AbortController()
  readonly #say: (line: string) => void
  readonly #clock: Clock
  readonly #restarted: (name: string) => void
  #fail!: (failure: Failure) => void

  constructor(say: (line: string) => void, restarted: (name: string) => void = () => {}, clock: Clock = systemClock) {
    this.#say = say
    this.#restarted = restarted
    this.#clock = clock
    this.failed = new Promise((resolve) => {
      this.#fail = resolve
    })
  }

  /** Resolves once the unit is ready for the first time; rejects if it is given up, or stopped, before. */
  start(unit: Unit): Promise<void> {
    return new Promise((ready, refused) => {
      const kept: Kept = { unit, running: undefined, ended: Promise.resolve(), ...this.#beginning() }
      this.#kept.push(kept)
      const told = () => {
        ready()
        for (const tell of kept.awaited.splice(0)) tell()
      }
      kept.ended = this.#keep(kept, told).then((failure) => {
        for (const tell of kept.awaited.splice(0)) tell()
        this.#turn(kept, failure === undefined ? "stopped" : "failed")
        refused(failure ?? stopped(unit))
        if (failure !== undefined) this.#fail(failure)
      })
    })
  }

  /** In the opposite order of starting; each within its own bound. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const kept of this.#kept.toReversed()) {
      await kept.running?.stop(kept.unit.stopWithinMs)
      await kept.ended
    }
  }

  /** Ends one that runs and starts it again, which is no death. Resolves once it is ready again, or given up. */
  async renew(name: string): Promise<void> {
    const kept = this.#kept.find(({ unit }) => unit.name === name)
    const running = kept?.running
    if (kept === undefined || running === undefined || this.#stopping.signal.aborted) return
    const ready = new Promise<void>((resolve) => kept.awaited.push(resolve))
    kept.renewing = true
    await running.stop(kept.unit.stopWithinMs)
    await ready
  }

  children(): Watched[] {
    return this.#kept.map(({ unit, running, state, sinceMs, restarts, lastFailure }) => {
      const since = new Date(sinceMs).toISOString()
      return { name: unit.name, state, pid: running?.pid ?? null, restarts, since, lastFailure }
    })
  }

  /** Without asking. */
  killAll(): void {
    this.#stopping.abort()
    for (const { running } of this.#kept) running?.kill()
  }

  /** Resolves when stopped (nothing) or given up. */
  async #keep(kept: Kept, ready: () => void): Promise<Failure | undefined> {
    let deaths: Deaths = []
    while (!this.#stopping.signal.aborted) {
      const death = await this.#runOnce(kept, ready)
      if (this.#stopping.signal.aborted) return undefined
      if (kept.renewing) {
        kept.renewing = false
        this.#turn(kept, "restarting")
        continue
      }
      if (death.verdict !== "retry") return death
      kept.lastFailure = firstLine(death)
      const decision = afterDeath(deaths, this.#clock.monotonicMs())
      deaths = decision.deaths
      if (decision.kind === "give up") return givenUp(kept.unit, deaths.length, death)
      this.#say(`${firstLine(death)}; starting it again in ${decision.afterMs} ms (${deaths.length})`)
      this.#restarted(kept.unit.name)
      kept.restarts++
      this.#turn(kept, "restarting")
      await sleep(this.#clock, decision.afterMs, this.#stopping.signal)
    }
    return undefined
  }

  #beginning() {
    const sinceMs = this.#clock.now()
    return { state: "starting" as const, sinceMs, restarts: 0, lastFailure: null, renewing: false, awaited: [] }
  }

  #turn(kept: Kept, state: Kept["state"]): void {
    kept.state = state
    kept.sinceMs = this.#clock.now()
  }

  async #runOnce(kept: Kept, ready: () => void): Promise<Failure> {
    try {
      const running = await kept.unit.start(this.#stopping.signal)
      kept.running = running
      this.#turn(kept, "running")
      if (this.#stopping.signal.aborted) await running.stop(kept.unit.stopWithinMs)
      else ready()
      const exit = await running.exited
      return died(running, describeExit(exit))
    } catch (error) {
      return error instanceof Failure ? error : failedToStart(kept.unit, error)
    } finally {
      kept.running = undefined
    }
  }
}

function firstLine(failure: Failure): string {
  return `${failure.operation}: ${failure.reason}`.split("\n")[0]!
}

function died(running: Running, how: string): Unreachable {
  const hint = `its last words:\n${running.lastWords()}`
  return new Unreachable({ operation: running.name, reason: `it ended (${how})`, hint })
}

function failedToStart({ name }: Unit, cause: unknown): Unreachable {
  return new Unreachable({ operation: `start ${name}`, reason: explain(cause), cause })
}

function givenUp({ name }: Unit, times: number, last: Failure): Unreachable {
  const hint = last.hint === undefined ? {} : { hint: last.hint }
  return new Unreachable({ operation: name, reason: `it died ${times} times: ${last.reason}`, ...hint })
}

function stopped({ name }: Unit): Unreachable {
  return new Unreachable({ operation: `start ${name}`, reason: "stopped before it was ready" })
}
