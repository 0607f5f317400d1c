import { connect } from "node:net"
import { afterEach, expect, test } from "vitest"
import { startTestNats, type TestServer } from "./testing/servers.ts"

let server: TestServer | undefined
afterEach(() => server?.stop())

function reachable(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
    socket.once("connect", () => socket.destroy())
  })
}

test("a server that was killed comes back on the same port", async () => {
  server = await startTestNats()
  expect(await reachable(server.url)).toBe(true)
  await server.kill9()
  expect(await reachable(server.url)).toBe(false)
  await server.restart()
  expect(await reachable(server.url)).toBe(true)
})

test("two servers side by side do not share a port", async () => {
  server = await startTestNats()
  const other = await startTestNats()
  try {
    expect(other.url).not.toBe(server.url)
  } finally {
    await other.stop()
  }
})
