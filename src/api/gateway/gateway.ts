/**
 * Owns: the HTTP server of the gateway: accepting, routing, answering, measuring, draining.
 * Never: what a route says, or where its answers come from (see routes/ and sources.ts).
 *
 * H1 every request gets one answer; a failure of ours is a problem document, never a broken connection.
 * H2 nothing of an unexpected error reaches the client; all of it reaches the log.
 * H3 drain ends within its bound: no new requests, those under way finish, streams are told.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { type Clock, sleep } from "../../base/clock.ts"
import type { Port } from "../../base/config.ts"
import { Failure } from "../../base/errors.ts"
import {
  GATEWAY_CONNECTIONS_MAX,
  GATEWAY_DRAIN_WITHIN_MS,
  REQUEST_HEADER_BYTES_MAX,
  REQUEST_HEADERS_WITHIN_MS,
  REQUEST_WITHIN_MS,
  SLOW_CLIENT_MS,
} from "../../base/limits.ts"
import { listen } from "../../base/listen.ts"
import type { Logger } from "../../base/log.ts"
import type { Metrics } from "../../base/metrics.ts"
import { type Observe, observeRequests } from "./observe.ts"
import { problem, type Reply } from "./reply.ts"
import { findRoute, type Route } from "./router.ts"
import { routesOf } from "./routes.ts"
import { refuseForeignHost } from "./security.ts"
import { send } from "./send.ts"
import type { Sources } from "./sources.ts"

export interface GatewayOptions {
  readonly host: string
  readonly port: Port
  readonly version: string
  readonly sources: Sources
  readonly logger: Logger
  readonly clock: Clock
  readonly metrics: Metrics
}

export interface Gateway {
  readonly url: string
  /** Resolves when nothing is left; cuts off what is still there after the bound. */
  drain(withinMs?: number): Promise<void>
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const draining = new AbortController()
  const routes = routesOf(options)
  const observe = observeRequests(options.metrics)
  const server = createServer({ maxHeaderSize: REQUEST_HEADER_BYTES_MAX })
  server.headersTimeout = REQUEST_HEADERS_WITHIN_MS
  server.requestTimeout = REQUEST_WITHIN_MS
  server.maxConnections = GATEWAY_CONNECTIONS_MAX
  const serving = { ...options, routes, observe, draining: draining.signal }
  server.on("request", (request, response) => void serve(request, response, serving))
  const url = await listen(server, { host: options.host, port: options.port, variable: "MILLRACE_HTTP_PORT" })
  options.logger.info("the gateway listens", { url })
  return {
    url,
    async drain(withinMs = GATEWAY_DRAIN_WITHIN_MS) {
      draining.abort()
      await closeWithin(server, options.clock, withinMs)
      options.logger.info("the gateway has drained", { url })
    },
  }
}

interface Serving extends GatewayOptions {
  readonly routes: readonly Route[]
  readonly draining: AbortSignal
  readonly observe: Observe
}

async function serve(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const startedMs = serving.clock.monotonicMs()
  response.on("error", () => response.destroy())
  const { route, reply } = await answer(request, serving)
  request.resume()
  try {
    const { clock, draining } = serving
    await send(response, reply, { clock, draining, withBody: request.method !== "HEAD", slowClientMs: SLOW_CLIENT_MS })
  } catch (error) {
    serving.logger.error("a reply broke off", { route, error })
    response.destroy()
  }
  // A stream's connection was busy when draining began; now it would stay open, waiting for the next request.
  if (serving.draining.aborted) request.socket.destroySoon()
  const seconds = (serving.clock.monotonicMs() - startedMs) / 1000
  serving.observe({ route, method: request.method, status: reply.status, seconds })
}

async function answer(
  request: IncomingMessage,
  serving: Serving,
): Promise<{ readonly route: string; readonly reply: Reply }> {
  const foreign = refuseForeignHost(serving.host, request.headers.host)
  if (foreign !== undefined) return { route: "refused", reply: foreign }
  const target = targetOf(request.url)
  if (target === undefined) return { route: "refused", reply: malformed() }
  const found = findRoute(serving.routes, request.method, target.pathname)
  if (found.kind === "refused") return { route: found.path, reply: found.reply }
  const { route, method, rest } = found
  try {
    const reply = await route.answer({ method, rest, query: target.searchParams, headers: request.headers })
    return { route: route.path, reply }
  } catch (error) {
    return { route: route.path, reply: replyOfError(error, route, serving.logger) }
  }
}

function replyOfError(error: unknown, route: Route, logger: Logger): Reply {
  if (error instanceof Failure && error.verdict !== "stop") {
    const status = error.verdict === "retry" ? 503 : 400
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    const headers = status === 503 ? { "retry-after": "1" } : {}
    return problem({ status, code: error.tag, detail: `${error.operation}: ${error.reason}`, headers, ...hint })
  }
  logger.error("a route failed", { route: route.path, error })
  return problem({
    status: 500,
    code: "INTERNAL",
    detail: "This is a fault of ours; the gateway's log has it in full.",
  })
}

function targetOf(url: string | undefined): URL | undefined {
  const base = "http://gateway.invalid"
  return url?.startsWith("/") && URL.canParse(url, base) ? new URL(url, base) : undefined
}

function malformed(): Reply {
  return problem({ status: 400, code: "MALFORMED", detail: "The request's target is not a path." })
}

async function closeWithin(server: Server, clock: Clock, withinMs: number): Promise<void> {
  const bound = new AbortController()
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeIdleConnections()
  const late = sleep(clock, withinMs, bound.signal).then(() => server.closeAllConnections())
  await Promise.race([closed, late])
  bound.abort()
  await closed
}
