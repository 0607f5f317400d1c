import { EXIT } from "../../../base/exit.ts"
import { ACTORS_FLAG, type Command, JSON_FLAG } from "../command.ts"

export const schemaCheck: Command = {
  name: "schema check",
  summary: "declared events against the stored history, without running anything",
  operands: [],
  flags: {
    actors: ACTORS_FLAG,
    all: { means: "read every stored event, not a sample" },
    json: JSON_FLAG,
  },
  notes: ["Exit code 1 if any stored event could not be read with what is declared now."],
  examples: [
    { says: "before a new version of your events goes out", args: "schema check --actors src/actors.ts --all" },
  ],
  async run(invocation) {
    const { runSchemaCheck } = await import("../schema.ts")
    const clean = await runSchemaCheck(invocation)
    return clean ? EXIT.done : EXIT.no
  },
}
