import { EXIT } from "../../../base/exit.ts"
import { type Command, JSON_FLAG } from "../command.ts"

export const topologyDiff: Command = {
  name: "topology diff",
  summary: "streams and buckets against what is declared",
  operands: [],
  flags: { json: JSON_FLAG },
  notes: ["Exit code 1 if anything differs."],
  examples: [],
  async run(invocation) {
    const { isDifference, tellChanges, withTopology } = await import("../topology.ts")
    const changes = await withTopology(invocation, (tool) => tool.diff())
    tellChanges(invocation, changes, "as declared")
    return changes.some(isDifference) ? EXIT.no : EXIT.done
  },
}
