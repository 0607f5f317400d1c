import { EXIT } from "../../../base/exit.ts"
import { type Command, JSON_FLAG } from "../command.ts"

export const status: Command = {
  name: "status",
  summary: "how a running Millrace is: generation, lanes, shards, counts, runners, streams, servers, roles",
  operands: [],
  flags: { json: JSON_FLAG },
  notes: [
    "Lag is the newest sequence less the one that was taken; of lanes, sequences of others in between count, too.",
  ],
  examples: [
    { says: "how far each lane is", args: "status --json | jq '.lanes[] | [.lane, .last, .taken, .lag]'" },
    { says: "whether every event is accounted for", args: "status --json | jq .counts" },
  ],
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
