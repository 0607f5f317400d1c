/**
 * Owns: making a Postgres cluster of ours and starting a server on it.
 * Never: schemas, tables, views (sinks/postgres/).
 *
 * PG1 a cluster is there whole or not at all: it is made aside and renamed.
 * PG2 a server listens on loopback alone, and trusts whoever gets there; it has no socket file.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { Environment } from "../base/config.ts"
import { Misuse, Unreachable } from "../base/errors.ts"
import { removeIfThere } from "./files.ts"
import { identify, workingFolder } from "./identity.ts"
import { LOOPBACK } from "./ports.ts"
import { askPostgres } from "./postgres-wire.ts"
import { launch, type Running } from "./process.ts"
import { describeExit, untilReady } from "./readiness.ts"
import { type Unprivileged, unprivileged } from "./unprivileged.ts"

export interface PostgresOptions {
  /** Names its pid and log files. */
  readonly name: string
  readonly initdb: string
  readonly postgres: string
  readonly runDir: string
  readonly dataDir: string
  readonly port: number
  /** Made if it is not there. */
  readonly database: string
  readonly parameters?: Readonly<Record<string, string>>
  /** For tests: survives a killed server as well as any, but not a power loss; and is made much faster. */
  readonly throwaway?: boolean
  readonly env: Environment
}

export const POSTGRES_USER = "millrace"

export function postgresUrl(port: number, database: string): string {
  return `postgres://${POSTGRES_USER}@${LOOPBACK}:${port}/${database}`
}

export async function startPostgres(options: PostgresOptions, signal?: AbortSignal): Promise<Running> {
  mkdirSync(dirname(options.dataDir), { recursive: true })
  if (!existsSync(options.dataDir)) await makeCluster(options)
  removeStaleLock(options.dataDir)
  const way = unprivileged(options.postgres, options.dataDir)
  const { command, args, user } = way.wrap(options.postgres, serverArgs(options))
  const running = await launch({
    name: options.name,
    runDir: options.runDir,
    command,
    args,
    env: { ...options.env, LC_ALL: "C" },
    // SIGTERM would wait for every client to leave by itself.
    stopSignal: "SIGINT",
    ...(user === undefined ? {} : { user }),
  })
  const place = { port: options.port, user: POSTGRES_USER, database: "postgres" }
  await untilReady(running, async () => void (await askPostgres(place)), signal)
  await ensureDatabase(options)
  return running
}

async function ensureDatabase({ port, database }: PostgresOptions): Promise<void> {
  const place = { port, user: POSTGRES_USER, database: "postgres" }
  const found = await askPostgres(place, `SELECT 1 FROM pg_database WHERE datname = '${database}'`)
  if (found === 0) await askPostgres(place, `CREATE DATABASE ${database}`)
}

function serverArgs({ dataDir, port, parameters, throwaway }: PostgresOptions): string[] {
  const all = {
    listen_addresses: LOOPBACK,
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    ...(throwaway === true ? { fsync: "off" } : {}),
    ...parameters,
  }
  return ["-D", dataDir, ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])]
}

/**
 * In a folder of its own beside the final one: a start that was killed half-way leaves nothing that looks finished, and
 * its initdb, should it still be at work, nothing that is in the way.
 */
async function makeCluster(options: PostgresOptions): Promise<void> {
  const { initdb, dataDir, throwaway } = options
  removeUnfinished(dataDir)
  const aside = `${dataDir}.${process.pid}${UNFINISHED}`
  mkdirSync(aside, { mode: 0o700 })
  const locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin"]
  const sync = throwaway === true ? ["--no-sync"] : []
  const args = ["-D", aside, "-U", POSTGRES_USER, "--auth=trust", ...locale, ...sync]
  await runInitdb(options, unprivileged(initdb, aside), args)
  renameSync(aside, dataDir)
}

const UNFINISHED = ".unfinished"

function removeUnfinished(dataDir: string): void {
  const parent = dirname(dataDir)
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(`${basename(dataDir)}.`) || !name.endsWith(UNFINISHED)) continue
    rmSync(join(parent, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

async function runInitdb(options: PostgresOptions, way: Unprivileged, initdbArgs: readonly string[]): Promise<void> {
  const { name, runDir, initdb, env } = options
  const { command, args, user } = way.wrap(initdb, initdbArgs)
  const running = await launch({
    name: `${name}-init`,
    runDir,
    command,
    args,
    env: { ...env, LC_ALL: "C" },
    ...(user === undefined ? {} : { user }),
  })
  const exit = await running.exited
  if (exit.code === 0) return
  // It would say the same again: no such user, no space, a folder it may not write.
  throw new Misuse({
    operation: "make a Postgres cluster",
    reason: `initdb ended with ${describeExit(exit)}`,
    hint: `its last words:\n${running.lastWords()}`,
  })
}

/**
 * After a kill, Postgres removes its lock itself if the pid in it is free. If another process has that pid by now, it
 * would believe that it still runs. We hold the lock on our own folder, so only a server of somebody else can be real.
 */
function removeStaleLock(dataDir: string): void {
  const lock = join(dataDir, "postmaster.pid")
  if (!existsSync(lock)) return
  const pid = Number(readFileSync(lock, "utf8").split("\n")[0])
  if (identify(pid) === undefined || !servesFrom(pid, dataDir)) {
    removeIfThere(lock)
    return
  }
  throw new Unreachable({
    operation: `start Postgres on ${dataDir}`,
    reason: `a Postgres that this one did not start (process ${pid}) runs on it`,
    hint: "end it, or use another MILLRACE_DIR",
  })
}

/** A postmaster works inside its data folder. */
function servesFrom(pid: number, dataDir: string): boolean {
  return workingFolder(pid) === realpathSync(dataDir)
}
