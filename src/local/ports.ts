/** Owns: finding a free port. Never: keeping it; who binds it may still lose it to another process, and tries again. */

import { once } from "node:events"
import { createServer } from "node:net"

export const LOOPBACK = "127.0.0.1"

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, LOOPBACK)
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port")
  return address.port
}
