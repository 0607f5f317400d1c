/**
 * Owns: lives. A process is started, killed between any two steps, paused and woken with everything that came in
 * between still before it. Never: what a process does (its program), or how it reaches others (network.ts).
 *
 * P1 nothing reaches a dead process: no timer, no answer; its promises stay open for ever.
 * P2 nothing reaches a paused process before it wakes; then all of it does, in the order it came.
 * P3 a program is given new ports at each start; only what servers keep survives a life.
 */

import { assert } from "../base/assert.ts"
import type { Clock, Timer } from "../base/clock.ts"
import { SIM_EPOCH_MS } from "../base/limits.ts"
import type { Random } from "../base/random.ts"
import type { Scheduler } from "./scheduler.ts"

export interface Program<Ports> {
  readonly name: string
  start(ports: Ports): void | Promise<void>
}

type LifeState = "running" | "paused" | "dead"

/** One run of a process, from start to kill: the gate through which everything reaches it. */
export class Life {
  readonly name: string
  readonly clock: Clock
  readonly #scheduler: Scheduler
  readonly #whenDead: (() => void)[] = []
  #state: LifeState = "running"
  #held: (() => void)[] = []
  #wallSkewMs: number

  constructor(scheduler: Scheduler, name: string, wallSkewMs = 0) {
    this.name = name
    this.#scheduler = scheduler
    this.#wallSkewMs = wallSkewMs
    this.clock = {
      now: () => SIM_EPOCH_MS + Math.floor(scheduler.nowMs + this.#wallSkewMs),
      monotonicMs: () => scheduler.nowMs,
      // As in Node, nothing is due before the next millisecond: so waiting always takes time.
      after: (delayMs, run) => this.schedule(Math.max(1, delayMs), "timer", run),
    }
  }

  get state(): LifeState {
    return this.#state
  }

  /** Runs it now, when the process wakes, or never. */
  enter(run: () => void): void {
    if (this.#state === "dead") return
    if (this.#state === "paused" || this.#held.length > 0) this.#held.push(run)
    else run()
  }

  schedule(delayMs: number, what: string, run: () => void): Timer {
    let cancelled = false
    const timer = this.#scheduler.schedule(delayMs, this.name, what, () =>
      this.enter(() => {
        if (!cancelled) run()
      }),
    )
    return {
      cancel() {
        cancelled = true
        timer.cancel()
      },
    }
  }

  /** For those outside that wait for this process: they learn of its death, as a server does of a closed connection. */
  whenDead(run: () => void): void {
    this.#whenDead.push(run)
  }

  kill(): void {
    if (this.#state === "dead") return
    this.#state = "dead"
    this.#held = []
    for (const run of this.#whenDead) run()
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused"
  }

  resume(): void {
    if (this.#state !== "paused") return
    this.#state = "running"
    this.#wake()
  }

  /** The wall clock is set; the monotonic one is not. */
  jumpWallClock(byMs: number): void {
    this.#wallSkewMs += byMs
  }

  get wallSkewMs(): number {
    return this.#wallSkewMs
  }

  /** Each of the held ones is a step of its own; what comes meanwhile queues behind them. */
  #wake(): void {
    if (this.#state !== "running" || this.#held.length === 0) return
    this.#scheduler.schedule(0, this.name, "catches up", () => {
      if (this.#state !== "running") return
      const next = this.#held.shift()
      next?.()
      this.#wake()
    })
  }
}

export interface ProcessOptions<Ports> {
  readonly scheduler: Scheduler
  readonly program: Program<Ports>
  /** What a life may use; made anew for each. */
  readonly ports: (life: Life, random: Random) => Ports
  /** A program whose start fails ends the run. */
  readonly onFailure: (error: unknown) => void
  readonly randomFor: (life: number) => Random
}

/** The same program through all its lives. */
export class Process<Ports> {
  readonly #options: ProcessOptions<Ports>
  #life: Life | undefined
  #lives = 0

  constructor(options: ProcessOptions<Ports>) {
    this.#options = options
  }

  get name(): string {
    return this.#options.program.name
  }

  get state(): LifeState | "not started" {
    return this.#life?.state ?? "not started"
  }

  get lives(): number {
    return this.#lives
  }

  start(): void {
    assert(this.state === "not started" || this.state === "dead", `${this.name} is ${this.state} already`)
    const { scheduler, program, ports, onFailure, randomFor } = this.#options
    const life = new Life(scheduler, program.name, this.#life?.wallSkewMs)
    this.#life = life
    this.#lives++
    scheduler.note(program.name, `starts, life ${this.#lives}`)
    const started = async () => program.start(ports(life, randomFor(this.#lives)))
    started().catch((error: unknown) => {
      if (life.state !== "dead") onFailure(error)
    })
  }

  kill(): void {
    this.#note("is killed")
    this.#life?.kill()
  }

  pause(): void {
    this.#note("is paused")
    this.#life?.pause()
  }

  resume(): void {
    this.#note("wakes")
    this.#life?.resume()
  }

  jumpWallClock(byMs: number): void {
    this.#note(`has its clock set by ${byMs} ms`)
    this.#life?.jumpWallClock(byMs)
  }

  /** As somebody would who looks after clocks. */
  setClockRight(): void {
    const wrongMs = this.#life?.wallSkewMs ?? 0
    if (wrongMs !== 0) this.jumpWallClock(-wrongMs)
  }

  #note(what: string): void {
    this.#options.scheduler.note(this.name, what)
  }
}
