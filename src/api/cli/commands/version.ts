import { EXIT } from "../../../base/exit.ts"
import { type Command, JSON_FLAG } from "../command.ts"

export const version: Command = {
  name: "version",
  summary: "which Millrace and which Node this is",
  operands: [],
  flags: { json: JSON_FLAG },
  examples: [],
  async run(invocation) {
    const { version } = invocation
    if (invocation.has("json")) invocation.answer({ millrace: version, node: process.versions.node })
    else invocation.terminal.out(`millrace ${version} on node ${process.versions.node}\n`)
    return EXIT.done
  },
}
