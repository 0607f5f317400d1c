/**
 * Owns: a Postgres and a MongoDB of a benchmark's own, empty, syncing to disk as real ones do.
 * Never: servers of a running Millrace.
 */

import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Environment } from "../base/config.ts"
import { SERVER_STOP_WITHIN_MS } from "../base/limits.ts"
import { ferretdbUrl, mongodUrl, startDocumentdb, startFerretdb, startMongod } from "../local/mongo.ts"
import { freePort } from "../local/ports.ts"
import { postgresUrl, startPostgres } from "../local/postgres.ts"
import type { Running } from "../local/process.ts"
import type { MongoBinaries, PostgresBinaries } from "../local/provision/provision.ts"

export interface DatabaseServer {
  readonly url: string
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

const DATABASE = "millrace"

export async function startBenchPostgres(binaries: PostgresBinaries, env: Environment): Promise<DatabaseServer> {
  const place = await newPlace(env)
  const { initdb, postgres } = binaries
  const running = await startPostgres({ name: "postgres", initdb, postgres, database: DATABASE, ...place })
  return server(postgresUrl(place.port, DATABASE), place.folder, [running])
}

export async function startBenchMongo(binaries: MongoBinaries, env: Environment): Promise<DatabaseServer> {
  const place = await newPlace(env)
  if (binaries.kind === "mongod") {
    return server(mongodUrl(place.port), place.folder, [await startMongod(binaries.mongod, place)])
  }
  const { initdb, postgres } = binaries.postgres
  const below = { ...place, dataDir: join(place.folder, "documentdb"), port: await freePort() }
  const documentdb = await startDocumentdb({ initdb, postgres, ...below })
  const ferretdb = await startFerretdb(binaries.ferretdb, { ...place, documentdbPort: below.port })
  return server(ferretdbUrl(place.port), place.folder, [documentdb, ferretdb])
}

async function newPlace(env: Environment) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"))
  // Postgres may have to run as another user.
  chmodSync(folder, 0o755)
  return { folder, runDir: join(folder, "run"), dataDir: join(folder, "data"), port: await freePort(), env }
}

/** Ended in the opposite order of their start. */
function server(url: string, folder: string, running: Running[]): DatabaseServer {
  return {
    url,
    async stop() {
      for (let last = running.pop(); last !== undefined; last = running.pop()) await last.stop(SERVER_STOP_WITHIN_MS)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
