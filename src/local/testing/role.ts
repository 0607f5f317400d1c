/**
 * A role with nothing to do, for tests of those who start, watch and stop roles: answers over HTTP, counts what it is
 * asked, and dies as it is told. Run as a program: `node role.ts <name> [--supervised] [--dies]`.
 */

import { createServer } from "node:http"
import { close, listen } from "../../base/listen.ts"
import { type RoleBody, runRole } from "../../base/role.ts"

const body: RoleBody = async ({ settings, environment, metrics, logger, args }) => {
  if (args.includes("--dies")) throw new Error("this role only dies")
  const asked = metrics.counter({ name: "millrace_test_asked_total", help: "Requests to the test role" })
  const server = createServer((request, response) => {
    asked.add({})
    if (request.url === "/die") process.exit(9)
    response.end(JSON.stringify({ pid: process.pid, nats: environment.MILLRACE_NATS_URL }))
  })
  const http = await listen(server, {
    host: settings.httpHost,
    port: settings.httpPort,
    variable: "MILLRACE_HTTP_PORT",
  })
  return {
    report: { http },
    async drain() {
      logger.info("drained")
      await close(server)
    },
  }
}

const [name = "role", ...args] = process.argv.slice(2)
const supervised = args.includes("--supervised")
process.exit(await runRole({ name, body, args, environment: process.env, supervised }))
