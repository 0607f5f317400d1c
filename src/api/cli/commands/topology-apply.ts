import { EXIT } from "../../../base/exit.ts"
import { type Command, JSON_FLAG } from "../command.ts"

export const topologyApply: Command = {
  name: "topology apply",
  summary: "make streams and buckets what is declared",
  operands: [],
  flags: { json: JSON_FLAG },
  notes: ["A difference that would lose data is refused, and then nothing is changed: exit code 2."],
  examples: [],
  async run(invocation) {
    const { tellChanges, withTopology } = await import("../topology.ts")
    const changes = await withTopology(invocation, (tool) => tool.apply())
    tellChanges(invocation, changes, "nothing to change", true)
    return EXIT.done
  },
}
