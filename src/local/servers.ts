/**
 * Owns: the three servers of one machine, side by side: from a URL, or obtained, started and kept alive.
 * Never: what is stored in them.
 */

import { join } from "node:path"
import type { Environment, Settings } from "../base/config.ts"
import { SERVER_STOP_WITHIN_MS } from "../base/limits.ts"
import { DOCUMENTDB_DATABASE, ferretdbUrl, mongodUrl, startDocumentdb, startFerretdb, startMongod } from "./mongo.ts"
import { natsUrl, startNats } from "./nats.ts"
import { freePort } from "./ports.ts"
import { postgresUrl, startPostgres } from "./postgres.ts"
import type { Running } from "./process.ts"
import {
  type MongoBinaries,
  obtainMongo,
  obtainNats,
  obtainPostgres,
  type PostgresBinaries,
  type ProvisionOptions,
} from "./provision/provision.ts"
import { runFolder } from "./run-folder.ts"
import type { Supervisor, Unit } from "./supervise.ts"

export interface ServerUrls {
  readonly nats: string
  readonly postgres: string
  readonly mongo: string
}

/** Which one, for people, and its URL without secrets. */
export interface Origin {
  readonly origin: string
  readonly address: string
}

export interface ServersOptions {
  readonly settings: Settings
  /** What the servers and those that fetch them are born with. */
  readonly environment: Environment
  readonly supervisor: Supervisor
  /** One line a server: which, and why. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
  /** Told of each server once it is known. */
  readonly known: (name: string, origin: Origin) => void
}

/** Of these three, the ones that are not ours to start, by the setting that names them. */
export function givenServers({ natsUrl, postgresUrl, mongoUrl }: Settings): string[] {
  const given = { MILLRACE_NATS_URL: natsUrl, MILLRACE_POSTGRES_URL: postgresUrl, MILLRACE_MONGO_URL: mongoUrl }
  return Object.entries(given).flatMap(([name, url]) => (url === undefined ? [] : [name]))
}

export async function startServers(options: ServersOptions): Promise<ServerUrls> {
  const { settings } = options
  const [nats, postgres, mongo] = await Promise.all([
    settings.natsUrl === undefined ? ownNats(options) : given(options, "nats", settings.natsUrl),
    settings.postgresUrl === undefined ? ownPostgres(options) : given(options, "postgres", settings.postgresUrl),
    settings.mongoUrl === undefined ? ownMongo(options) : given(options, "mongo", settings.mongoUrl),
  ])
  return { nats, postgres, mongo }
}

function given({ say, known }: ServersOptions, name: string, url: string): string {
  const address = withoutSecrets(url)
  say(`${name}: the environment names it: ${address}`)
  known(name, { origin: "the environment names it", address })
  return url
}

function withoutSecrets(url: string): string {
  const shown = new URL(url)
  if (shown.password !== "") shown.password = "***"
  if (shown.username !== "" && shown.protocol.startsWith("nats")) shown.username = "***" // it may be a token
  shown.search = ""
  return shown.href
}

async function ownNats(options: ServersOptions): Promise<string> {
  const { what, why } = await obtainNats(provisioning(options))
  const { diskBytes: maxFileStoreBytes, sync } = options.settings
  const port = await startOnPort(options, "nats", (port, signal) =>
    startNats({ server: what.server, ...place(options, "nats", port), maxFileStoreBytes, sync }, signal),
  )
  return started(options, "nats", why, natsUrl(port))
}

const DATABASE = "millrace"

async function ownPostgres(options: ServersOptions): Promise<string> {
  const { what, why } = await obtainPostgres(provisioning(options))
  const { initdb, postgres } = what
  const port = await startOnPort(options, "postgres", (port, signal) =>
    startPostgres(
      { name: "postgres", initdb, postgres, database: DATABASE, ...place(options, "postgres", port) },
      signal,
    ),
  )
  return started(options, "postgres", why, postgresUrl(port, DATABASE))
}

async function ownMongo(options: ServersOptions): Promise<string> {
  const { what, why } = await obtainMongo(provisioning(options))
  if (what.kind === "ferretdb") return started(options, "mongo", why, ferretdbUrl(await ownFerretdb(options, what)))
  const port = await startOnPort(options, "mongo", (port, signal) =>
    startMongod(what.mongod, place(options, "mongo", port), signal),
  )
  return started(options, "mongo", why, mongodUrl(port))
}

async function ownFerretdb(options: ServersOptions, binaries: MongoBinaries & { kind: "ferretdb" }): Promise<number> {
  const { initdb, postgres }: PostgresBinaries = binaries.postgres
  const documentdbPort = await startOnPort(options, "documentdb", (port, signal) =>
    startDocumentdb({ initdb, postgres, ...place(options, "documentdb", port) }, signal),
  )
  options.known("documentdb", {
    origin: "what mongo stands on",
    address: postgresUrl(documentdbPort, DOCUMENTDB_DATABASE),
  })
  return startOnPort(options, "mongo", (port, signal) =>
    startFerretdb(binaries.ferretdb, { ...place(options, "mongo", port), documentdbPort }, signal),
  )
}

/**
 * A free port may be lost to somebody else before the server binds it: then it dies, and is started on another. Once
 * it was ready its port stays, since its clients know it.
 */
async function startOnPort(
  { supervisor }: ServersOptions,
  name: string,
  start: (port: number, signal: AbortSignal) => Promise<Running>,
): Promise<number> {
  let bound: number | undefined
  const unit: Unit = {
    name,
    stopWithinMs: SERVER_STOP_WITHIN_MS,
    async start(signal) {
      const port = bound ?? (await freePort())
      const running = await start(port, signal)
      bound = port
      return running
    },
  }
  await supervisor.start(unit)
  return bound!
}

function started({ say, known }: ServersOptions, name: string, why: string, url: string): string {
  const address = withoutSecrets(url)
  say(`${name}: ${why}, at ${address}`)
  known(name, { origin: why, address })
  return url
}

function provisioning({ settings, environment, say, signal }: ServersOptions): ProvisionOptions {
  return { cache: settings.cache, report: say, environment, signal }
}

function place({ settings, environment }: ServersOptions, folder: string, port: number) {
  return { runDir: runFolder(settings.dir), dataDir: join(settings.dir, "data", folder), port, env: environment }
}
