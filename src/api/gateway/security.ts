/**
 * Owns: what keeps other people's pages and names out of a gateway that trusts whoever reaches it.
 * Never: who may do what; that is for credentials.
 *
 * On loopback, only requests that name a loopback host are answered: otherwise a web page could point a name of its
 * own at 127.0.0.1 and read everything here as if it were its own (DNS rebinding).
 */

import { isIPv4 } from "node:net"
import { type BodyReply, problem } from "./reply.ts"

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ")

/** On every answer; a route's own headers win. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
}

export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, "$1")
  return bare === "localhost" || bare === "::1" || (isIPv4(bare) && bare.startsWith("127."))
}

/** Nothing: the request may go on. */
export function refuseForeignHost(listensOn: string, hostHeader: string | undefined): BodyReply | undefined {
  if (!isLoopback(listensOn)) return undefined
  const named = hostHeader?.replace(/:\d*$/, "")
  if (named !== undefined && isLoopback(named)) return undefined
  return problem({
    status: 421,
    code: "WRONG_HOST",
    detail: "This gateway listens on loopback and answers only to localhost and 127.0.0.1.",
    hint: "Set MILLRACE_HTTP_HOST to the address that others should reach it at.",
  })
}
