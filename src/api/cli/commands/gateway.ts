import { resolve } from "node:path"
import { ACTORS_FLAG, type Command } from "../command.ts"

export const gateway: Command = {
  name: "gateway",
  summary: "the gateway role alone: dashboard, status, readiness",
  operands: [],
  flags: { actors: ACTORS_FLAG },
  notes: ["It needs MILLRACE_NATS_URL, and listens on MILLRACE_HTTP_HOST and MILLRACE_HTTP_PORT."],
  examples: [],
  run(invocation) {
    const actors = invocation.text("actors")
    return invocation.wiring.role("gateway", actors === undefined ? [] : ["--actors", resolve(actors)])
  },
}
