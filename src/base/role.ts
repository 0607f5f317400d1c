/**
 * Owns: the life of one role process: settings, start, metrics, drain, exit code.
 * Never: what a role does (its body), or starting it again (local/supervise.ts).
 *
 * R1 the first SIGTERM, SIGINT or closed channel drains and ends with 0; a second signal ends at once with 1.
 * R2 a supervised role has no life of its own: it starts when told, and drains when its supervisor is gone.
 */

import { Answers } from "./answers.ts"
import { type ChildStatus, type FromRole, parseToRole, type RoleReport } from "./channel.ts"
import { type Clock, systemClock } from "./clock.ts"
import { type Environment, readSettings, type Settings } from "./config.ts"
import { explain } from "./errors.ts"
import { EXIT, exitCodeOf } from "./exit.ts"
import { Lifecycle } from "./lifecycle.ts"
import { ROLE_CLOSE_EACH_WITHIN_MS, SUPERVISOR_ANSWER_WITHIN_MS } from "./limits.ts"
import { jsonLogger, type Logger } from "./log.ts"
import { createMetrics, type Metrics, serveMetrics } from "./metrics.ts"
import { hearStop, type StopRequest } from "./stop.ts"

export interface RoleContext {
  readonly name: string
  readonly settings: Settings
  readonly environment: Environment
  /** What stood behind the role's name on the command line. */
  readonly args: readonly string[]
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock: Clock
  /** Every server and role of this machine as their supervisor sees them; none without a supervisor. */
  readonly siblings: () => Promise<readonly ChildStatus[]>
}

export interface RunningRole {
  readonly report: RoleReport
  /** Finishes what is in flight, takes nothing new, and closes what it opened. */
  drain(): Promise<void>
  /** Resolves if the role can go on no longer; one without it never ends by itself. */
  readonly failed?: Promise<unknown>
}

export type RoleBody = (context: RoleContext) => Promise<RunningRole>

export interface RoleOptions {
  readonly name: string
  readonly body: RoleBody
  readonly args: readonly string[]
  readonly environment: Environment
  /** Started by a supervisor over an IPC channel (see channel.ts). */
  readonly supervised: boolean
}

/** Resolves to the exit code. */
export async function runRole(options: RoleOptions): Promise<number> {
  const stop = hearStop(() => process.exit(1))
  try {
    const environment = await environmentOf(options, stop)
    return environment === undefined ? EXIT.done : await live(options, environment, stop)
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    return exitCodeOf(error)
  } finally {
    stop.dispose()
    if (process.connected) process.disconnect()
  }
}

async function live(options: RoleOptions, environment: Environment, stop: StopRequest): Promise<number> {
  const settings = readSettings(environment)
  const logger = jsonLogger({ level: settings.logLevel, fields: { role: options.name } })
  const metrics = createMetrics()
  const lifecycle = new Lifecycle(logger)
  const { name, args } = options
  const siblings = options.supervised ? askSiblings(systemClock) : async () => []
  const starting = options.body({ name, settings, environment, args, logger, metrics, clock: systemClock, siblings })
  const running = await Promise.race([starting, stop.requested.then(() => undefined)])
  if (running === undefined) return EXIT.done
  lifecycle.add(options.name, running.drain)
  if (options.supervised) answerMetrics(metrics)
  else await serveOwnMetrics(settings, metrics, logger, lifecycle)
  if (options.supervised) say({ kind: "ready", report: running.report })
  logger.info("ready", { ...running.report })
  const failure = await Promise.race([stop.requested.then(() => undefined), running.failed ?? stop.requested])
  const failed = !stop.signal.aborted
  if (failed) logger.error("the role cannot go on", { error: failure })
  else logger.info("draining", { because: String(stop.signal.reason) })
  await lifecycle.close(ROLE_CLOSE_EACH_WITHIN_MS)
  return failed ? exitCodeOf(failure) : EXIT.done
}

/** Alone: as it is. Supervised: once told, with what was told laid over it. Nothing if the end came first. */
async function environmentOf(options: RoleOptions, stop: StopRequest): Promise<Environment | undefined> {
  if (!options.supervised) return options.environment
  const told = new Promise<Environment>((resolve) => {
    const take = (message: unknown) => {
      const parsed = parseToRole(message)
      if (parsed.kind !== "start") return
      process.off("message", take)
      resolve({ ...options.environment, ...parsed.environment })
    }
    process.on("message", take)
  })
  return Promise.race([told, stop.requested.then(() => undefined)])
}

function answerMetrics(metrics: Metrics): void {
  process.on("message", async (message) => {
    const asked = parseToRole(message)
    if (asked.kind === "ask metrics") say({ kind: "metrics", id: asked.id, families: await metrics.families() })
  })
}

function askSiblings(clock: Clock): RoleContext["siblings"] {
  const answers = new Answers<readonly ChildStatus[]>(SUPERVISOR_ANSWER_WITHIN_MS, clock)
  process.on("message", (message) => {
    const told = parseToRole(message)
    if (told.kind === "children") answers.take(told.id, told.children)
  })
  return async () => (await answers.ask((id) => say({ kind: "ask children", id }))) ?? []
}

function say(message: FromRole): boolean {
  if (!process.connected) return false
  process.send?.(message)
  return true
}

async function serveOwnMetrics(settings: Settings, metrics: Metrics, logger: Logger, lifecycle: Lifecycle) {
  const served = await serveMetrics(settings.httpHost, settings.metricsPort, metrics.families)
  lifecycle.add("metrics", served.close)
  logger.info("metrics are served", { url: served.url })
}
