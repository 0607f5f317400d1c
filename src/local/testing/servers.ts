/**
 * Owns: private servers for tests: each in a temporary folder, on free ports, gone with the test process.
 * Never: servers of a running Millrace, or of another test.
 */

import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { SERVER_STOP_WITHIN_MS } from "../../base/limits.ts"
import { ferretdbUrl, mongodUrl, startDocumentdb, startFerretdb, startMongod } from "../mongo.ts"
import { natsUrl, startNats } from "../nats.ts"
import { freePort } from "../ports.ts"
import { postgresUrl, startPostgres } from "../postgres.ts"
import type { Running } from "../process.ts"
import { obtainMongo, obtainNats, obtainPostgres, type ProvisionOptions } from "../provision/provision.ts"

export interface TestServer {
  readonly url: string
  /** Ends it as a power cut of the process would; its data stays. Resolves once it is gone. */
  kill9(): Promise<void>
  /** Stops it if it runs, and starts it again on the same port and data. */
  restart(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

/** Only counted, not taken: room for what any topology sets aside. */
const TEST_FILE_STORE_BYTES = 64 * 1024 ** 3
const DATABASE = "millrace"

export async function startTestNats(): Promise<TestServer> {
  const { what } = await obtainNats(provisioning())
  const place = await temporaryPlace()
  const maxFileStoreBytes = TEST_FILE_STORE_BYTES
  const start = () => startNats({ server: what.server, ...place, maxFileStoreBytes, sync: "1s" })
  return testServer(natsUrl(place.port), place.folder, [start])
}

export async function startTestPostgres(): Promise<TestServer> {
  const { what } = await obtainPostgres(provisioning())
  const place = await temporaryPlace()
  const { initdb, postgres } = what
  const start = () =>
    startPostgres({ name: "postgres", initdb, postgres, database: DATABASE, throwaway: true, ...place })
  return testServer(postgresUrl(place.port, DATABASE), place.folder, [start])
}

/** A mongod where one can be had; else FerretDB with its own Postgres. */
export async function startTestMongo(): Promise<TestServer> {
  const { what } = await obtainMongo(provisioning())
  const place = await temporaryPlace()
  if (what.kind === "mongod") {
    return testServer(mongodUrl(place.port), place.folder, [() => startMongod(what.mongod, place)])
  }
  const { initdb, postgres } = what.postgres
  const below = { ...place, dataDir: join(place.folder, "documentdb"), port: await freePort() }
  return testServer(ferretdbUrl(place.port), place.folder, [
    () => startDocumentdb({ initdb, postgres, throwaway: true, ...below }),
    () => startFerretdb(what.ferretdb, { ...place, documentdbPort: below.port }),
  ])
}

/** Each start in order; ended in the opposite order. */
async function testServer(
  url: string,
  folder: string,
  starts: readonly (() => Promise<Running>)[],
): Promise<TestServer> {
  const running: Running[] = []
  const up = async () => {
    for (const start of starts) running.push(await endWithUs(start))
  }
  const down = async () => {
    for (let last = running.pop(); last !== undefined; last = running.pop()) await last.stop(SERVER_STOP_WITHIN_MS)
  }
  await up()
  return {
    url,
    async kill9() {
      for (const each of running) each.kill()
      await Promise.all(running.splice(0).map(({ exited }) => exited))
    },
    async restart() {
      await down()
      await up()
    },
    async stop() {
      await down()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A test process that ends without its clean-up (a failed hook, a bound) takes its servers along. */
async function endWithUs(start: () => Promise<Running>): Promise<Running> {
  const running = await start()
  const kill = () => running.kill()
  process.once("exit", kill)
  void running.exited.then(() => process.removeListener("exit", kill))
  return running
}

interface Place {
  readonly folder: string
  readonly runDir: string
  readonly dataDir: string
  readonly port: number
  readonly env: NodeJS.ProcessEnv
}

async function temporaryPlace(): Promise<Place> {
  const folder = temporaryFolder()
  return {
    folder,
    runDir: join(folder, "run"),
    dataDir: join(folder, "data"),
    port: await freePort(),
    env: process.env,
  }
}

/** Open to the unprivileged user that Postgres runs as when the tests run as root. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-test-"))
  chmodSync(folder, 0o755)
  return folder
}

/** One cache for all tests, and the same one as `millrace start` in this clone. */
export function testCache(): string {
  return resolve(process.env.MILLRACE_CACHE ?? join(import.meta.dirname, "../../../.millrace/cache"))
}

function provisioning(): ProvisionOptions {
  return { cache: testCache(), report: (line) => void process.stderr.write(`${line}\n`), environment: process.env }
}
