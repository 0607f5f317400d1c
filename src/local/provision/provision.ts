/**
 * Owns: obtaining each server's programs, by the one rule: installed and new enough; else in the cache; else fetched or
 * built into the cache; else a failure that names the three ways out. Whether a URL makes all of it needless is the
 * caller's to say.
 * Never: starting a server, or changing the system. With everything in the cache, nothing touches the network.
 *
 * What whoever starts them needs to know:
 * - Postgres refuses to run as root, and the folders of its programs and data must be open to the user it runs as.
 * - The Postgres under FerretDB needs, in postgresql.conf before its first start:
 *     shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
 *     cron.database_name = 'postgres'
 *   and once, before it listens (0.9 s; no client is needed), with this on its standard input and TZ=UTC LC_ALL=C:
 *     CREATE EXTENSION IF NOT EXISTS documentdb CASCADE;
 *     postgres --single -D <data> -c exit_on_error=on postgres
 *   which ends with 0 only if that worked. Only then FerretDB may start:
 *     ferretdb -listen 127.0.0.1:<port> -state-dir <folder> -postgres-url postgres://<user>@127.0.0.1:<port>/postgres
 *   with -exit-with-stdin to end when the writing end of its standard input is closed.
 * - Clients of FerretDB connect with ?directConnection=true&retryWrites=false.
 */

import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { type Clock, systemClock } from "../../base/clock.ts"
import type { Environment } from "../../base/config.ts"
import { explain, Failure, Unreachable } from "../../base/errors.ts"
import { documentdbPostgres, documentdbRecipe } from "./documentdb.ts"
import { ferretdbProgram, ferretdbRecipe } from "./ferretdb.ts"
import { installed } from "./installed.ts"
import { MONGOD_LEAST, mongodProgram, mongodRecipe } from "./mongod.ts"
import { NATS_LEAST, natsRecipe } from "./nats.ts"
import { POSTGRES_LEAST, postgresFolders, postgresPrograms, postgresRecipe } from "./postgres.ts"
import { cached, isPresent, obtain } from "./recipe.ts"
import type { Platform, Progress, Workbench } from "./workbench.ts"

export type { Platform, Progress } from "./workbench.ts"

export interface ProvisionOptions {
  readonly cache: string
  readonly report: Progress
  /** PATH and everything else that children get. */
  readonly environment: Environment
  readonly platform?: Platform
  readonly clock?: Clock
  /** Ends what is going on; the next time goes on from the last whole entry. */
  readonly signal?: AbortSignal
}

/** `why`: "found 2.15.1 at …", "cached 2.15.2", "built 2.15.2 with go in 38 s". */
export interface Obtained<T> {
  readonly what: T
  readonly why: string
}

export interface NatsBinary {
  readonly server: string
  readonly version: string
}

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  readonly version: string
  readonly extensionDocumentdb: boolean
}

export type MongoBinaries =
  | { readonly kind: "mongod"; readonly mongod: string; readonly version: string }
  | {
      readonly kind: "ferretdb"
      readonly ferretdb: string
      readonly postgres: PostgresBinaries
      readonly version: string
    }

export function obtainNats(options: ProvisionOptions): Promise<Obtained<NatsBinary>> {
  const bench = workbench(options)
  return orThreeWaysOut("NATS_URL", `install nats-server ${NATS_LEAST} or newer`, async () => {
    const own = await installed(bench, { server: "nats", program: "nats-server", least: NATS_LEAST })
    if (own !== undefined) return { what: { server: own.path, version: own.version }, why: found(own) }
    const { folder, version, why } = await obtain(bench, natsRecipe(bench))
    return { what: { server: join(folder, "nats-server"), version }, why }
  })
}

export function obtainPostgres(options: ProvisionOptions): Promise<Obtained<PostgresBinaries>> {
  const bench = workbench(options)
  return orThreeWaysOut("POSTGRES_URL", `install PostgreSQL ${POSTGRES_LEAST} or newer`, async () => {
    const own = await installedPostgres(bench)
    if (own !== undefined) return own
    const { folder, version, why } = await obtain(bench, postgresRecipe(bench))
    return { what: programsIn(postgresPrograms(folder), version), why }
  })
}

export function obtainMongo(options: ProvisionOptions): Promise<Obtained<MongoBinaries>> {
  const bench = workbench(options)
  return orThreeWaysOut("MONGO_URL", `install mongod ${MONGOD_LEAST} or newer`, async () => {
    const own = await installed(bench, { server: "mongo", program: "mongod", least: MONGOD_LEAST })
    if (own !== undefined) return { what: { kind: "mongod", mongod: own.path, version: own.version }, why: found(own) }
    const mongod = await realMongod(bench)
    return typeof mongod === "string" ? compatible(bench, mongod) : mongod
  })
}

/**
 * From the cache, or downloaded. A cache that has the compatible server stays with it, whatever the network says today:
 * each has its own data. Otherwise: why there is none.
 */
async function realMongod(bench: Workbench): Promise<Obtained<MongoBinaries> | string> {
  const recipe = mongodRecipe(bench)
  const others = [ferretdbRecipe(bench), documentdbRecipe(bench)]
  const ready = await cached(bench, recipe)
  if (ready === undefined && others.some((other) => isPresent(bench, other))) return "not tried"
  try {
    const { folder, version, why } = ready ?? (await obtain(bench, recipe))
    return { what: { kind: "mongod", mongod: mongodProgram(folder), version }, why }
  } catch (error) {
    if (error instanceof Unreachable) return error.reason
    throw error
  }
}

/** FerretDB and its Postgres, side by side; what is wrong with either is said of both. */
async function compatible(bench: Workbench, mongod: string): Promise<Obtained<MongoBinaries>> {
  const [postgres, ferretdb] = await Promise.allSettled([documentdb(bench), obtain(bench, ferretdbRecipe(bench))])
  if (postgres.status === "fulfilled" && ferretdb.status === "fulfilled") {
    const { folder, version, why } = ferretdb.value
    const what = {
      kind: "ferretdb",
      ferretdb: ferretdbProgram(folder),
      postgres: postgres.value.what,
      version,
    } as const
    return { what, why: `FerretDB ${why}, on Postgres with DocumentDB ${postgres.value.why}` }
  }
  const failed = [postgres, ferretdb].flatMap((one) => (one.status === "rejected" ? [one.reason] : []))
  for (const error of failed) if (!(error instanceof Failure)) throw error
  const reason = [`a real mongod: ${mongod}`, ...failed.map(explain)].join("\n  ")
  throw new Unreachable({ operation: "get a MongoDB-compatible server", reason, cause: failed[0] })
}

async function documentdb(bench: Workbench): Promise<Obtained<PostgresBinaries>> {
  const own = await installedPostgres(bench, hasDocumentdb)
  if (own !== undefined) return own
  const { folder, version, why } = await obtain(bench, documentdbRecipe(bench))
  return { what: programsIn(documentdbPostgres(folder), version), why }
}

async function installedPostgres(
  bench: Workbench,
  also: (program: string) => boolean = () => true,
): Promise<Obtained<PostgresBinaries> | undefined> {
  const own = await installed(bench, {
    server: "postgres",
    program: "postgres",
    least: POSTGRES_LEAST,
    folders: postgresFolders(),
    fits: (program) => existsSync(join(dirname(program), "initdb")) && also(program),
  })
  return own === undefined ? undefined : { what: programsIn(dirname(own.path), own.version), why: found(own) }
}

function programsIn(folder: string, version: string): PostgresBinaries {
  const postgres = join(folder, "postgres")
  return { initdb: join(folder, "initdb"), postgres, version, extensionDocumentdb: hasDocumentdb(postgres) }
}

/** Where Debian's, and where other packages' programs look for extensions. */
function hasDocumentdb(postgres: string): boolean {
  const root = join(dirname(postgres), "..")
  const version = root.split("/").at(-1) ?? ""
  return [join(root, "share/postgresql"), join(root, "share"), join(root, "../../../share/postgresql", version)].some(
    (share) => existsSync(join(share, "extension/documentdb.control")),
  )
}

function found({ path, version }: { readonly path: string; readonly version: string }): string {
  return `found ${version} at ${path}`
}

async function orThreeWaysOut<T>(variable: string, install: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    const hint = `set MILLRACE_${variable} to a server you have, ${install}, or start the servers of compose.yaml`
    throw new Unreachable({ operation: error.operation, reason: error.reason, hint, cause: error })
  }
}

function workbench(options: ProvisionOptions): Workbench {
  const { report, environment, signal } = options
  // Children work in folders of their own.
  const cache = resolve(options.cache)
  const platform = options.platform ?? { os: process.platform, arch: process.arch }
  return { cache, report, environment, platform, clock: options.clock ?? systemClock, signal }
}
