import { EXIT } from "../../../base/exit.ts"
import type { Command } from "../command.ts"

export const tail: Command = {
  name: "tail",
  summary: "follow what arrives",
  operands: [],
  flags: {
    dead: { means: "dead letters instead of events: why, for whom, where" },
    late: { means: "the ledger of late events, with the windows they missed" },
    outbox: { means: "frames instead of events: rows of views and emitted events, as shards commit them" },
    tenant: { takes: "<tenant>", means: "only of this tenant" },
    type: { takes: "<type>", means: "only of this type" },
    from: { takes: "<sequence>", means: "from this sequence of the stream; without it, from now on" },
    json: { means: "one JSON document a line" },
  },
  notes: ["It goes on until Ctrl-C, or until nobody reads its output any more."],
  examples: [
    { says: "all likes of the demo", args: "tail --tenant demo --type post_liked" },
    { says: "every dead letter there is", args: "tail --dead --from 1" },
    { says: "everything there is, for another program", args: "tail --from 1 --json" },
  ],
  async run(invocation) {
    const { gatewayUrl } = await import("../places.ts")
    const { followLines } = await import("../admin.ts")
    const { tailText, tailUrl } = await import("../tail-text.ts")
    const { terminal } = invocation
    const url = tailUrl(gatewayUrl(invocation.environment), invocation)
    for await (const line of followLines(url, terminal.over)) {
      const said = tailText(line, invocation.has("json"))
      if (said.kind === "event") terminal.out(said.text)
      else terminal.err(said.text)
      if (said.kind === "end") return EXIT.unreachable
    }
    return EXIT.done
  },
}
