/**
 * Owns: disturbing processes and servers as a plan says, until it is told to make peace; then all are up again.
 * Never: chance of its own, or messages (network.ts).
 */

import { pick, type Random } from "../base/random.ts"
import type { Disturbance, DisturbanceName, FaultPlan } from "./faults.ts"
import type { Server } from "./network.ts"
import type { Scheduler } from "./scheduler.ts"

/** What can be disturbed, whatever its program is. */
export interface Disturbed {
  readonly name: string
  readonly state: "running" | "paused" | "dead" | "not started"
  start(): void
  kill(): void
  pause(): void
  resume(): void
  jumpWallClock(byMs: number): void
}

export interface DisturbedServer {
  readonly server: Server
  /** For a server with limits: it takes nothing more, or takes again. */
  readonly setFull?: (full: boolean) => void
}

export interface DisturbOptions {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly plan: FaultPlan
  readonly processes: readonly Disturbed[]
  readonly servers: readonly DisturbedServer[]
  readonly onFault: (name: DisturbanceName) => void
}

/** Ends all disturbance: who is away comes back, who is dead starts, who sleeps wakes. */
export type MakePeace = () => void

export function disturb(options: DisturbOptions): MakePeace {
  const { scheduler, random, plan } = options
  let peace = false
  const strikes = strikesOf(options, () => peace)
  for (const name of Object.keys(strikes) as DisturbanceName[]) {
    const disturbance = plan.disturbances[name]
    if (disturbance !== undefined) again(name, disturbance)
  }

  function again(name: DisturbanceName, disturbance: Disturbance): void {
    scheduler.schedule(nextMs(scheduler, random, disturbance), "fate", name, () => {
      if (peace) return
      options.onFault(name)
      strikes[name](random.next() * disturbance.forMsMax)
      again(name, disturbance)
    })
  }

  return () => {
    peace = true
    scheduler.note("fate", "makes peace")
    for (const { server, setFull } of options.servers) {
      server.comeBack()
      server.answerAfter(0)
      setFull?.(false)
    }
    for (const process of options.processes) {
      if (process.state === "paused") process.resume()
      if (process.state === "dead") process.start()
    }
  }
}

type Strike = (forMs: number) => void

function strikesOf(options: DisturbOptions, peace: () => boolean): Record<DisturbanceName, Strike> {
  const { scheduler, random, processes, servers } = options
  const later = (forMs: number, what: string, run: () => void) =>
    scheduler.schedule(forMs, "fate", what, () => {
      if (!peace()) run()
    })
  const limited = servers.filter(({ setFull }) => setFull !== undefined)
  const onProcess = (state: Disturbed["state"], strike: (process: Disturbed) => void) => {
    const fit = processes.filter((process) => process.state === state)
    if (fit.length > 0) strike(pick(random, fit))
  }
  const onServer = (from: readonly DisturbedServer[], strike: (server: DisturbedServer) => void) => {
    if (from.length > 0) strike(pick(random, from))
  }
  return {
    crash: (forMs) =>
      onProcess("running", (process) => {
        process.kill()
        later(forMs, `restarts ${process.name}`, () => process.start())
      }),
    pause: (forMs) =>
      onProcess("running", (process) => {
        process.pause()
        later(forMs, `wakes ${process.name}`, () => process.resume())
      }),
    clockJump: (byMs) => onProcess("running", (process) => process.jumpWallClock(Math.round(byMs * signOf(random)))),
    serverAway: (forMs) =>
      onServer(servers, ({ server }) => {
        if (server.away) return
        scheduler.note(server.name, "goes away")
        server.goAway()
        later(forMs, `brings ${server.name} back`, () => server.comeBack())
      }),
    logFull: (forMs) =>
      onServer(limited, ({ server, setFull }) => {
        scheduler.note(server.name, "is full")
        setFull?.(true)
        later(forMs, `makes room in ${server.name}`, () => setFull?.(false))
      }),
    slow: (forMs) =>
      onServer(servers, ({ server }) => {
        scheduler.note(server.name, "is slow")
        server.answerAfter(random.next() * forMs)
        later(forMs, `lets ${server.name} be quick`, () => server.answerAfter(0))
      }),
  }
}

const signOf = (random: Random) => (random.next() < 0.5 ? -1 : 1)

/**
 * Exponential, so that it can be at any step; half the time on a whole millisecond, where timers fire, so that it also
 * falls between two things that are due together.
 */
function nextMs(scheduler: Scheduler, random: Random, { everyMs }: Disturbance): number {
  const inMs = -Math.log(1 - random.next()) * everyMs
  return random.next() < 0.5 ? inMs : Math.ceil(scheduler.nowMs + inMs) - scheduler.nowMs
}
