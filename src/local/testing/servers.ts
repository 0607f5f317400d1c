/**
 * Owns: private servers for tests: each in a temporary folder, on free ports, gone with the test process.
 * Never: servers of a running Millrace, or of another test.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVER_STOP_WITHIN_MS } from "../../base/limits.ts"
import { natsUrl, startNats } from "../nats.ts"
import { freePort } from "../ports.ts"
import type { Running } from "../process.ts"

export interface TestServer {
  readonly url: string
  /** Ends it as a power cut of the process would; its data stays. Resolves once it is gone. */
  kill9(): Promise<void>
  /** Stops it if it runs, and starts it again on the same port and data. */
  restart(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

const TEST_FILE_STORE_BYTES = 4 * 1024 ** 3

export async function startTestNats(): Promise<TestServer> {
  const server = "nats-server"
  const folder = temporaryFolder()
  const port = await freePort()
  const place = { runDir: join(folder, "run"), dataDir: join(folder, "nats"), env: process.env }
  const start = () => startNats({ server, ...place, port, maxFileStoreBytes: TEST_FILE_STORE_BYTES })
  return testServer(natsUrl(port), folder, start)
}

async function testServer(url: string, folder: string, start: () => Promise<Running>): Promise<TestServer> {
  let running = await guarded(start)
  const end = () => running.stop(SERVER_STOP_WITHIN_MS)
  return {
    url,
    async kill9() {
      running.kill()
      await running.exited
    },
    async restart() {
      await end()
      running = await guarded(start)
    },
    async stop() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A test process that ends without its clean-up (a failed hook, a bound) takes its servers along. */
async function guarded(start: () => Promise<Running>): Promise<Running> {
  const running = await start()
  const kill = () => running.kill()
  process.once("exit", kill)
  void running.exited.then(() => process.removeListener("exit", kill))
  return running
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "millrace-test-"))
}
