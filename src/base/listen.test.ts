import { createServer, type Server } from "node:http"
import { afterEach, expect, test } from "vitest"
import { Misuse } from "./errors.ts"
import { close, listen } from "./listen.ts"

const host = "127.0.0.1"
const variable = "MILLRACE_HTTP_PORT"
const open: Server[] = []
afterEach(() => Promise.all(open.splice(0).map(close)))

async function bound(port: number, asked: boolean): Promise<number> {
  const server = createServer()
  open.push(server)
  return Number(new URL(await listen(server, { host, port: { port, asked }, variable })).port)
}

test("a port that was asked for and is taken is refused, by the name of its setting", async () => {
  const taken = await bound(0, true)
  await expect(bound(taken, true)).rejects.toThrow(Misuse)
  await expect(bound(taken, true)).rejects.toThrow(variable)
})

test("a usual port that is taken gives way to a later one", async () => {
  const taken = await bound(0, true)
  expect(await bound(taken, false)).toBeGreaterThan(taken)
})
