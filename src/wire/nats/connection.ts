/**
 * Owns: connecting to NATS, and refusing a server that is not fit for Millrace.
 * Never: what is sent over the connection.
 *
 * A first connection is bounded in time, so that a wrong address is told; one that stood is restored for as long as
 * the process lives, because a role must outlive its server's restart.
 */

import { AuthorizationError, connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node"
import { type Clock, sleep, systemClock } from "../../base/clock.ts"
import { explain, type Failure, Misuse, Unreachable } from "../../base/errors.ts"
import {
  NATS_CONNECT_WITHIN_MS,
  NATS_DIAL_WITHIN_MS,
  NATS_PING_EVERY_MS,
  NATS_RECONNECT_DELAY_MS,
} from "../../base/limits.ts"
import { type Logger, silentLogger } from "../../base/log.ts"
import { type NatsUrl, parsedUrls, shownUrl } from "./url.ts"

export type { NatsConnection } from "@nats-io/transport-node"

/** The oldest server whose features Millrace needs; older ones ignore settings they do not know without a word. */
const OLDEST = { major: 2, minor: 14 }

export interface NatsOptions {
  /** `nats://` or `tls://`, several divided by commas; a user and password may stand before the host. */
  readonly url: string
  /** Shown in the server's list of connections. */
  readonly name: string
  /** How long the first connection may take. 0: one attempt. */
  readonly connectWithinMs?: number
  readonly tls?: NatsTls
  readonly logger?: Logger
  readonly clock?: Clock
}

export interface NatsTls {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const clock = options.clock ?? systemClock
  const settings = connectionOptions(options)
  const until = clock.monotonicMs() + (options.connectWithinMs ?? NATS_CONNECT_WITHIN_MS)
  for (;;) {
    const attempt = await tryConnecting(settings, shownUrl(options.url))
    if (attempt.tag === "connected") {
      void logStatus(attempt.connection, options.logger ?? silentLogger)
      return attempt.connection
    }
    if (attempt.failure.verdict !== "retry" || clock.monotonicMs() >= until) throw attempt.failure
    await sleep(clock, NATS_RECONNECT_DELAY_MS)
  }
}

type Attempt =
  | { readonly tag: "connected"; readonly connection: NatsConnection }
  | { readonly tag: "failed"; readonly failure: Failure }

async function tryConnecting(settings: NodeConnectionOptions, url: string): Promise<Attempt> {
  try {
    const connection = await connect(settings)
    const unfit = whyUnfit(connection, url)
    if (unfit === undefined) return { tag: "connected", connection }
    await connection.close()
    return { tag: "failed", failure: unfit }
  } catch (error) {
    return { tag: "failed", failure: connectFailure(error, url) }
  }
}

function whyUnfit(connection: NatsConnection, url: string): Failure | undefined {
  const operation = `connect to NATS at ${url}`
  const version = connection.info?.version ?? "unknown"
  if (!isFit(version)) {
    return new Misuse({
      operation,
      reason: `the server is version ${version}, and Millrace needs ${OLDEST.major}.${OLDEST.minor} or newer`,
      hint: "install a newer nats-server, or leave the URL away and let `millrace start` bring one",
    })
  }
  if (connection.info?.jetstream === true) return undefined
  return new Misuse({
    operation,
    reason: "the server runs without JetStream",
    hint: "start it with `-js`, or with `jetstream {}` in its configuration",
  })
}

export function isFit(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? []
  if (major === undefined || minor === undefined) return false
  return Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor)
}

function connectFailure(error: unknown, url: string): Failure {
  const operation = `connect to NATS at ${url}`
  if (error instanceof AuthorizationError) {
    return new Misuse({
      operation,
      reason: "the server refuses these credentials",
      hint: "put a user and a password into the URL: nats://user:password@host:4222",
      cause: error,
    })
  }
  const reason = explain(error)
  const hint = /refused|ENOTFOUND|EAI_AGAIN/.test(reason)
    ? "is a nats-server running there? `millrace start` brings one, MILLRACE_NATS_URL names another"
    : "look whether the address is right and nothing between here and there blocks it"
  return new Unreachable({ operation, reason, hint, cause: error })
}

function connectionOptions(options: NatsOptions): NodeConnectionOptions {
  const urls = parsedUrls(options.url)
  const secure = options.tls !== undefined || urls.some(({ protocol }) => protocol === "tls:")
  return {
    servers: urls.map(({ host, port }) => `${host}:${port}`),
    name: options.name,
    timeout: NATS_DIAL_WITHIN_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: NATS_RECONNECT_DELAY_MS,
    reconnectJitter: NATS_RECONNECT_DELAY_MS,
    pingInterval: NATS_PING_EVERY_MS,
    // Without it the client takes a stack trace for every request, which is a third of a request's cost.
    noAsyncTraces: true,
    ...(secure ? { tls: { ...options.tls } } : {}),
    ...credentials(urls[0]),
  }
}

/** As for other NATS clients: a name alone is a token. */
function credentials({ user, password }: NatsUrl): NodeConnectionOptions {
  if (user === "") return {}
  return password === "" ? { token: user } : { user, pass: password }
}

async function logStatus(connection: NatsConnection, logger: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect")
      logger.warn("lost the connection to NATS, trying again", { server: status.server })
    else if (status.type === "reconnect") logger.info("connected to NATS again", { server: status.server })
    else if (status.type === "error") logger.warn("NATS reports an error", { reason: explain(status.error) })
  }
}
