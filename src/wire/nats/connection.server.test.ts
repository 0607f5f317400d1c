import { createServer, type Server, type Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { Misuse, Unreachable } from "../../base/errors.ts"
import { connectNats, isFit } from "./connection.ts"
import { parsedUrls, shownUrl } from "./url.ts"

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

/** Greets as a server would that is not fit. */
async function greeting(info: object): Promise<string> {
  const server = createServer((socket: Socket) => {
    socket.write(`INFO ${JSON.stringify({ server_id: "x", proto: 1, max_payload: 1024, headers: true, ...info })}\r\n`)
    socket.on("data", (data) => {
      if (data.includes("PING")) socket.write("PONG\r\n")
    })
    socket.on("error", () => socket.destroy())
  })
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return `nats://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`
}

describe("connecting", () => {
  it("to nobody fails with a hint, and shows no password", async () => {
    const failure = await connectNats({ url: "nats://me:secret@127.0.0.1:1", name: "test", connectWithinMs: 0 }).catch(
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(Unreachable)
    expect(String(failure)).toMatch(/nats:\/\/127\.0\.0\.1:1: connection refused.*millrace start/)
    expect(String(failure)).not.toContain("secret")
  })

  it("to an old server is refused with its version", async () => {
    const url = await greeting({ version: "2.9.10", jetstream: true })
    await expect(connectNats({ url, name: "test" })).rejects.toThrow("version 2.9.10, and Millrace needs 2.14")
  })

  it("to a server without JetStream is refused", async () => {
    const url = await greeting({ version: "2.15.2" })
    await expect(connectNats({ url, name: "test" })).rejects.toThrow(Misuse)
    await expect(connectNats({ url, name: "test" })).rejects.toThrow("without JetStream")
  })
})

describe("versions", () => {
  it("are compared as numbers", () => {
    const fit = ["2.14.0", "2.15.2", "v2.100.0-beta.1", "3.0.0"]
    const unfit = ["2.9.10", "2.13.99", "1.99.0", "unknown", ""]
    expect([...fit, ...unfit].filter(isFit)).toEqual(fit)
  })
})

describe("URLs", () => {
  it("may be several, with and without their parts", () => {
    expect(parsedUrls("nats://a:1, tls://u:p%40@b,c")).toEqual([
      { protocol: "nats:", host: "a", port: "1", user: "", password: "" },
      { protocol: "tls:", host: "b", port: "4222", user: "u", password: "p@" },
      { protocol: "nats:", host: "c", port: "4222", user: "", password: "" },
    ])
  })

  it("of other protocols are refused", () => {
    for (const bad of ["http://a", "", "nats://"]) expect(() => parsedUrls(bad)).toThrow(Misuse)
    expect(shownUrl("nats://u:p@a:1,nats://q@b:2")).toBe("nats://a:1,nats://b:2")
  })
})
