/**
 * Owns: starting what speaks MongoDB's protocol: a mongod, or FerretDB in front of a Postgres with DocumentDB.
 * Never: collections or indexes (sinks/mongo/).
 */

import { mkdirSync } from "node:fs"
import type { Environment } from "../base/config.ts"
import { EXTENSION_MADE_WITHIN_MS } from "../base/limits.ts"
import { mongoProbe } from "./mongo-wire.ts"
import { LOOPBACK } from "./ports.ts"
import { POSTGRES_USER, type PostgresOptions, postgresUrl, startPostgres } from "./postgres.ts"
import { askPostgres } from "./postgres-wire.ts"
import { launch, type Running } from "./process.ts"
import { untilReady } from "./readiness.ts"

export interface MongoPlace {
  readonly runDir: string
  readonly dataDir: string
  readonly port: number
  readonly env: Environment
}

export const mongodUrl = (port: number): string => `mongodb://${LOOPBACK}:${port}/?directConnection=true`

/** FerretDB has no retryable writes, and says so to a driver that tries. */
export const ferretdbUrl = (port: number): string => `${mongodUrl(port)}&retryWrites=false`

const MONGOD_CACHE_GB = "0.5"

export async function startMongod(mongod: string, place: MongoPlace, signal?: AbortSignal): Promise<Running> {
  mkdirSync(place.dataDir, { recursive: true })
  const listen = ["--bind_ip", LOOPBACK, "--port", String(place.port), "--nounixsocket"]
  const running = await launch({
    name: "mongo",
    runDir: place.runDir,
    command: mongod,
    args: ["--dbpath", place.dataDir, ...listen, "--wiredTigerCacheSizeGB", MONGOD_CACHE_GB],
    env: place.env,
  })
  return untilReady(running, mongoProbe(place.port), signal)
}

/** DocumentDB and its scheduler live in the database that the scheduler is told, and FerretDB connects to. */
export const DOCUMENTDB_DATABASE = "postgres"

const DOCUMENTDB_PARAMETERS = {
  shared_preload_libraries: "pg_cron,pg_documentdb_core,pg_documentdb",
  "cron.database_name": DOCUMENTDB_DATABASE,
  "cron.host": LOOPBACK,
  // One line a minute and job would fill the log.
  "cron.log_run": "off",
  "cron.log_statement": "off",
}

type DocumentdbOptions = Omit<PostgresOptions, "name" | "database" | "parameters">

/** The Postgres that FerretDB stands on, with its extension. */
export async function startDocumentdb(options: DocumentdbOptions, signal?: AbortSignal): Promise<Running> {
  const whole = { ...options, name: "documentdb", database: DOCUMENTDB_DATABASE, parameters: DOCUMENTDB_PARAMETERS }
  const running = await startPostgres(whole, signal)
  const place = { port: options.port, user: POSTGRES_USER, database: DOCUMENTDB_DATABASE }
  await askPostgres(place, "CREATE EXTENSION IF NOT EXISTS documentdb CASCADE", EXTENSION_MADE_WITHIN_MS)
  return running
}

export async function startFerretdb(
  ferretdb: string,
  place: MongoPlace & { readonly documentdbPort: number },
  signal?: AbortSignal,
): Promise<Running> {
  mkdirSync(place.dataDir, { recursive: true })
  const running = await launch({
    name: "mongo",
    runDir: place.runDir,
    command: ferretdb,
    args: [
      ...["-postgres-url", postgresUrl(place.documentdbPort, DOCUMENTDB_DATABASE)],
      ...["-listen", `${LOOPBACK}:${place.port}`, "-state-dir", place.dataDir],
    ],
    env: place.env,
  })
  return untilReady(running, mongoProbe(place.port), signal)
}
