import type { Command } from "../command.ts"

export const gateway: Command = {
  name: "gateway",
  summary: "the gateway role alone: dashboard, status, readiness",
  operands: [],
  flags: {},
  notes: ["It needs MILLRACE_NATS_URL, and listens on MILLRACE_HTTP_HOST and MILLRACE_HTTP_PORT."],
  examples: [],
  run: (invocation) => invocation.wiring.role("gateway", []),
}
