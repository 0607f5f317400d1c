import { EXIT } from "../../../base/exit.ts"
import { type Command, JSON_FLAG } from "../command.ts"

export const status: Command = {
  name: "status",
  summary: "how a running Millrace is: readiness, lanes, streams, servers, roles",
  operands: [],
  flags: { json: JSON_FLAG },
  examples: [{ says: "the newest sequence of each lane", args: "status --json | jq '.log.lanes[] | [.lane, .last]'" }],
  async run(invocation) {
    const { gatewayUrl } = await import("../places.ts")
    const { askStatus } = await import("../admin.ts")
    const { statusText } = await import("../status-text.ts")
    const gateway = gatewayUrl(invocation.environment)
    const report = await askStatus(gateway)
    if (invocation.has("json")) invocation.answer(report)
    else invocation.terminal.out(statusText(report, gateway))
    return EXIT.done
  },
}
