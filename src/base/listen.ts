/** Owns: binding a server to the port that was asked for, or to the next free one if nobody asked. Never: the traffic. */

import type { Server } from "node:http"
import type { Port } from "./config.ts"
import { Misuse } from "./errors.ts"
import { PORTS_TRIED_MAX } from "./limits.ts"

export interface ListenOptions {
  readonly host: string
  readonly port: Port
  /** The setting that says another port. */
  readonly variable: string
}

const PORT_MAX = 65_535

/** Resolves to the server's URL. */
export async function listen(server: Server, { host, port, variable }: ListenOptions): Promise<string> {
  const tries = port.asked || port.port === 0 ? 1 : PORTS_TRIED_MAX
  for (let tried = 0; tried < tries && port.port + tried <= PORT_MAX; tried++) {
    const problem = await bind(server, host, port.port + tried)
    if (problem === undefined) return urlOf(server, host)
    if (problem !== "EADDRINUSE") throw refused(host, port.port + tried, problem, variable)
  }
  const reason = tries === 1 ? "something else listens there" : `this port and the ${tries - 1} after it are taken`
  throw refused(host, port.port, reason, variable)
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function bind(server: Server, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)
    server.once("error", failed)
    server.listen({ host, port }, () => {
      server.off("error", failed)
      resolve(undefined)
    })
  })
}

function urlOf(server: Server, host: string): string {
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`
}

function refused(host: string, port: number, reason: string, variable: string): Misuse {
  const hint = `set ${variable} to a free port (0: any)`
  return new Misuse({ operation: `listen on ${host}:${port}`, reason, hint })
}
