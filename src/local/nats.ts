/**
 * Owns: starting one NATS server with JetStream on data of ours.
 * Never: streams or buckets (streams/ declares and applies them).
 */

import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Environment } from "../base/config.ts"
import { Unreachable } from "../base/errors.ts"
import { fnv1a } from "../base/hash.ts"
import { LOOPBACK } from "./ports.ts"
import { type Launch, launch, type Running } from "./process.ts"
import { exchange, type Probe, untilReady } from "./readiness.ts"

export interface NatsOptions {
  readonly server: string
  readonly runDir: string
  readonly dataDir: string
  readonly port: number
  /** All streams and buckets together. */
  readonly maxFileStoreBytes: number
  readonly env: Environment
  /** How long an acknowledged write may wait for the disk: "always" (it may not), or a duration such as "1s". */
  readonly sync: string
}

export const natsUrl = (port: number): string => `nats://${LOOPBACK}:${port}`

export async function startNats(options: NatsOptions, signal?: AbortSignal): Promise<Running> {
  mkdirSync(options.dataDir, { recursive: true })
  const serverName = natsName(options.dataDir)
  return untilReady(await launch(natsLaunch(options, serverName)), natsProbe(options.port, serverName), signal)
}

function natsLaunch(options: NatsOptions, serverName: string): Launch {
  return {
    name: "nats",
    runDir: options.runDir,
    command: options.server,
    args: ["-c", configPath()],
    env: {
      ...options.env,
      MILLRACE_NATS_LISTEN: quoted(`${LOOPBACK}:${options.port}`),
      MILLRACE_NATS_NAME: quoted(serverName),
      MILLRACE_NATS_STORE: quoted(options.dataDir),
      MILLRACE_NATS_MAX_FILE_STORE: String(options.maxFileStoreBytes),
      MILLRACE_NATS_SYNC: quoted(options.sync),
    },
  }
}

/** The same for the same data, and another for other data: so that a probe knows its own server from a neighbour's. */
function natsName(dataDir: string): string {
  return `millrace-${fnv1a(dataDir).toString(16)}`
}

/** The server greets with its INFO once JetStream has recovered. */
export function natsProbe(port: number, serverName: string): Probe {
  return async () => {
    const info = await exchange(port, { read: greeting })
    if (!info.includes(`"server_name":"${serverName}"`)) throw new Error(`port ${port} belongs to another NATS server`)
    if (!info.includes('"jetstream":true')) throw new Error("it runs without JetStream")
  }
}

function greeting(received: Buffer): string | undefined {
  const end = received.indexOf("\r\n")
  return end < 0 ? undefined : received.toString("utf8", 0, end)
}

/** A string in the server's configuration language. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
}

/** `nats/` lies at the top of the repository and of the published package: two folders up from src/local and from dist/local. */
function configPath(): string {
  const path = join(fileURLToPath(new URL("../../nats/", import.meta.url)), "single.conf")
  if (existsSync(path)) return path
  throw new Unreachable({
    operation: "start nats",
    reason: `its configuration ${path} is missing`,
    hint: "install the package again",
  })
}
