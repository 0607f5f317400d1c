/**
 * Owns: writing a reply to its socket, at the pace of the client and no longer than it deserves.
 * Never: deciding what the reply is.
 */

import type { ServerResponse } from "node:http"
import { type Clock, sleep } from "../../base/clock.ts"
import type { BodyReply, Reply, StreamReply } from "./reply.ts"
import { SECURITY_HEADERS } from "./security.ts"

export interface Sending {
  readonly clock: Clock
  /** HEAD: the same headers, no body. */
  readonly withBody: boolean
  readonly draining: AbortSignal
  /** A client that takes nothing for this long is let go. */
  readonly slowClientMs: number
}

export async function send(response: ServerResponse, reply: Reply, sending: Sending): Promise<void> {
  const closing = sending.draining.aborted ? { connection: "close" } : {}
  if (reply.kind === "body")
    return sendBody(response, reply, { ...SECURITY_HEADERS, ...reply.headers, ...closing }, sending)
  response.writeHead(reply.status, { ...SECURITY_HEADERS, ...reply.headers, ...closing })
  response.flushHeaders()
  if (sending.withBody) await sendChunks(response, reply, sending)
  response.end()
}

function sendBody(response: ServerResponse, reply: BodyReply, headers: Record<string, string>, sending: Sending): void {
  const length = Buffer.byteLength(reply.body)
  const sized =
    reply.status === 204 || reply.status === 304 ? headers : { ...headers, "content-length": String(length) }
  response.writeHead(reply.status, sized)
  response.end(sending.withBody ? reply.body : undefined)
}

async function sendChunks(response: ServerResponse, reply: StreamReply, sending: Sending): Promise<void> {
  const gone = new AbortController()
  response.once("close", () => gone.abort())
  const over = AbortSignal.any([gone.signal, sending.draining])
  for await (const chunk of reply.chunks(over)) {
    if (over.aborted) break
    if (!response.write(chunk) && !(await drained(response, over, sending))) return void response.destroy()
  }
  if (!gone.signal.aborted && sending.draining.aborted) response.write(reply.farewell)
}

/** False: the client took nothing for too long. */
async function drained(response: ServerResponse, over: AbortSignal, sending: Sending): Promise<boolean> {
  const settled = new AbortController()
  const settle = () => settled.abort()
  response.once("drain", settle)
  over.addEventListener("abort", settle, { once: true })
  if (over.aborted) settle()
  await sleep(sending.clock, sending.slowClientMs, settled.signal)
  response.off("drain", settle)
  over.removeEventListener("abort", settle)
  return settled.signal.aborted
}
