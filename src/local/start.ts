/**
 * Owns: everything on one machine: the folder, the servers, what is prepared in them, the roles, their metrics; up in
 * parallel, down in order. Never: what is prepared, or what a role does (main.ts passes both in).
 *
 * T1 whatever happens after the folder is held, nothing of ours runs once `start` has resolved.
 * T2 `ready …` is the last line of start-up, and is said only when every server and role has said so itself.
 * T3 down goes against the current: demo traffic, gateway, then the servers.
 */

import { createServer } from "node:http"
import type { ChildStatus } from "../base/channel.ts"
import { type Clock, systemClock } from "../base/clock.ts"
import type { Environment, Settings } from "../base/config.ts"
import { explain, type Failure } from "../base/errors.ts"
import { EXIT, exitCodeOf } from "../base/exit.ts"
import { close, listen } from "../base/listen.ts"
import { createMetrics, type Family, type Metrics, mergeFamilies, serveMetrics } from "../base/metrics.ts"
import { hearStop, type StopRequest } from "../base/stop.ts"
import { endOrphans } from "./orphans.ts"
import { RoleProcess } from "./role-process.ts"
import { holdFolder, removeServices, runFolder, writeServices } from "./run-folder.ts"
import { type Origin, type ServerUrls, startServers } from "./servers.ts"
import { Supervisor } from "./supervise.ts"

export interface RolePlan {
  readonly name: string
  /** Whole: program and arguments. */
  readonly command: string
  readonly args: readonly string[]
}

export interface StartPlan {
  readonly settings: Settings
  readonly environment: Environment
  /** In the order of the current: the last one is stopped first. One of them answers over HTTP. */
  readonly roles: readonly RolePlan[]
  /** Between servers and roles: streams, buckets, disk. Resolves to what ends whatever of it goes on. */
  readonly prepare: (urls: ServerUrls) => Promise<() => Promise<void>>
  /** For people, on standard output. */
  readonly say: (line: string) => void
  readonly clock?: Clock
  /** Laid over what a role is told whenever it starts. */
  readonly tell?: () => Readonly<Record<string, string>>
  /** After `ready …`. Resolves to what ends whatever it began; before the roles end. */
  readonly up?: (running: RunningRoles) => () => Promise<void>
}

export interface RunningRoles {
  /** Each ends well and starts again. Resolves once all are ready. */
  renew(names: readonly string[]): Promise<void>
}

/** Runs until asked to stop, or until something cannot go on. Resolves to the exit code. */
export async function start(plan: StartPlan): Promise<number> {
  const held = holdFolder(plan.settings.dir)
  const session = new Session(plan)
  const stop = hearStop(() => session.endAtOnce())
  try {
    return await session.run(stop)
  } finally {
    removeServices(plan.settings.dir)
    held.release()
    stop.dispose()
    if (process.connected) process.disconnect()
  }
}

class Session {
  readonly #plan: StartPlan
  readonly #clock: Clock
  readonly #metrics: Metrics = createMetrics()
  readonly #servers: Supervisor
  readonly #roles: Supervisor
  readonly #processes: readonly RoleProcess[]
  #prepared!: Promise<ServerUrls>
  readonly #origins = new Map<string, Origin>()
  #unprepare: () => Promise<void> = async () => {}
  #closeMetrics: () => Promise<void> = async () => {}
  #down: () => Promise<void> = async () => {}

  constructor(plan: StartPlan) {
    this.#plan = plan
    this.#clock = plan.clock ?? systemClock
    const restarts = this.#metrics.counter({
      name: "millrace_child_restarts_total",
      help: "Servers and roles that died and were started again",
      labels: ["child"],
    })
    const restarted = (child: string) => restarts.add({ child })
    this.#servers = new Supervisor(plan.say, restarted, this.#clock)
    this.#roles = new Supervisor(plan.say, restarted, this.#clock)
    this.#processes = plan.roles.map((role) => this.#roleProcess(role))
  }

  async run(stop: StopRequest): Promise<number> {
    const killAll = () => this.#killAll()
    process.once("exit", killAll)
    try {
      const up = this.#bringUp(stop.signal).then(() => stop.requested)
      const failure = await Promise.race([stop.requested, up, this.#servers.failed, this.#roles.failed])
      if (typeof failure !== "string") return this.#giveUp(failure)
      this.#plan.say(`stopping (${failure})`)
      return EXIT.done
    } catch (error) {
      return this.#giveUp(error)
    } finally {
      stop.request("stopping")
      await this.#bringDown()
      process.removeListener("exit", killAll)
    }
  }

  endAtOnce(): void {
    this.#killAll()
    process.exit(EXIT.no)
  }

  async #bringUp(signal: AbortSignal): Promise<void> {
    const { settings, say } = this.#plan
    await refuseTakenPort(settings)
    await endOrphans(runFolder(settings.dir), say, this.#clock)
    this.#prepared = this.#prepareServers(signal)
    const roles = this.#processes.map((role) => this.#roles.start(role))
    const [urls, metrics] = await Promise.all([this.#prepared, this.#serveMetrics(), ...roles])
    const http = this.#http()
    writeServices(settings.dir, { ...urls, http, metrics })
    const seconds = (this.#clock.monotonicMs() / 1000).toFixed(1)
    say(`ready ${http} (dashboard) in ${seconds} s; metrics ${metrics}; data ${settings.dir}`)
    const renew = async (names: readonly string[]) => {
      await Promise.all(names.map((name) => this.#roles.renew(name)))
    }
    this.#down = this.#plan.up?.({ renew }) ?? this.#down
  }

  async #prepareServers(signal: AbortSignal): Promise<ServerUrls> {
    const { settings, environment, say, prepare } = this.#plan
    const known = (name: string, origin: Origin) => void this.#origins.set(name, origin)
    const urls = await startServers({ settings, environment, supervisor: this.#servers, say, signal, known })
    this.#unprepare = await prepare(urls)
    return urls
  }

  async #bringDown(): Promise<void> {
    await this.#down()
    await this.#roles.stop()
    await this.#unprepare()
    await this.#servers.stop()
    await this.#closeMetrics()
  }

  #giveUp(error: Failure | unknown): number {
    process.stderr.write(`${explain(error)}\n`)
    return exitCodeOf(error)
  }

  #killAll(): void {
    this.#roles.killAll()
    this.#servers.killAll()
  }

  #roleProcess({ name, command, args }: RolePlan): RoleProcess {
    const role: RoleProcess = new RoleProcess({
      name,
      command,
      args,
      runDir: runFolder(this.#plan.settings.dir),
      environment: this.#plan.environment,
      told: async () => ({ ...environmentOf(await this.#prepared), ...portOf(role), ...this.#plan.tell?.() }),
      children: () => this.#children(),
      clock: this.#clock,
    })
    return role
  }

  #children(): ChildStatus[] {
    const servers = this.#servers.children().map((child) => ({ ...child, kind: "server" as const }))
    const roles = this.#roles.children().map((child) => ({ ...child, kind: "role" as const }))
    return [...servers, ...roles].map((child) => ({ ...child, ...this.#originOf(child.name) }))
  }

  #originOf(name: string): Pick<ChildStatus, "origin" | "address"> {
    return this.#origins.get(name) ?? { origin: null, address: null }
  }

  #http(): string {
    return this.#processes.find(({ report }) => report.http !== undefined)?.report.http ?? ""
  }

  async #serveMetrics(): Promise<string> {
    const { httpHost, metricsPort } = this.#plan.settings
    const served = await serveMetrics(httpHost, metricsPort, () => this.#gather())
    this.#closeMetrics = served.close
    return served.url
  }

  async #gather(): Promise<readonly Family[]> {
    const byRole = new Map<string, readonly Family[]>([["supervisor", await this.#metrics.families()]])
    const answers = await Promise.all(this.#processes.map((role) => role.metrics()))
    for (const [nth, families] of answers.entries()) {
      if (families !== undefined) byRole.set(this.#processes[nth]!.name, families)
    }
    return mergeFamilies(byRole)
  }
}

function environmentOf(urls: ServerUrls): Record<string, string> {
  return { MILLRACE_NATS_URL: urls.nats, MILLRACE_POSTGRES_URL: urls.postgres, MILLRACE_MONGO_URL: urls.mongo }
}

/** Started again, it keeps the port that people have open in a browser. */
function portOf({ report }: RoleProcess): Record<string, string> {
  return report.http === undefined ? {} : { MILLRACE_HTTP_PORT: new URL(report.http).port }
}

/** Said before anything starts, not after. The gateway itself takes the port, later. */
async function refuseTakenPort({ httpHost, httpPort }: Settings): Promise<void> {
  if (!httpPort.asked) return
  const server = createServer()
  await listen(server, { host: httpHost, port: httpPort, variable: "MILLRACE_HTTP_PORT" })
  await close(server)
}
