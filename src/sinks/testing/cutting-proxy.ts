/**
 * Owns: a proxy in front of a server that ends every connection when a client says a certain thing: before the server
 * hears of it, or after it has answered and before the client hears that. For tests of unknown outcomes.
 */

import { once } from "node:events"
import { createServer, connect as dial, type Socket } from "node:net"
import { assert } from "../../base/assert.ts"

export interface CuttingProxy {
  /** The server's URL, but through the proxy. */
  readonly url: string
  /** Once, at the next thing said that holds these bytes. */
  cutAt(said: Buffer, when: "before it is heard" | "after it is answered"): void
  close(): Promise<void>
}

const LOOPBACK = "127.0.0.1"

export async function startCuttingProxy(serverUrl: string): Promise<CuttingProxy> {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let cut: { readonly said: Buffer; readonly when: "before it is heard" | "after it is answered" } | undefined

  const end = () => {
    cut = undefined
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    const upstream = dial({ host: target.hostname, port: Number(target.port) })
    let answerEnds = false
    client.on("data", (bytes) => {
      if (cut === undefined || !bytes.includes(cut.said)) return void upstream.write(bytes)
      if (cut.when === "before it is heard") return end()
      answerEnds = true
      upstream.write(bytes)
    })
    upstream.on("data", (bytes) => (answerEnds ? end() : void client.write(bytes)))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      // The other side hears of it as an end; what the error was is of no matter here.
      socket.on("error", () => other.destroy())
      socket.on("close", () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  server.listen({ host: LOOPBACK, port: 0 })
  await once(server, "listening")
  const address = server.address()
  assert(typeof address === "object" && address !== null, "a TCP server has a port")
  const url = new URL(serverUrl)
  url.host = `${LOOPBACK}:${address.port}`
  return {
    url: url.href,
    cutAt(said, when) {
      cut = { said, when }
    },
    async close() {
      end()
      server.close()
      await once(server, "close")
    },
  }
}
