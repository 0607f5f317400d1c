import { EXIT } from "../../../base/exit.ts"
import { ACTORS_FLAG, type Command, JSON_FLAG } from "../command.ts"

export const actorCheck: Command = {
  name: "actor check",
  summary: "changed actors against the running generation: what the edit needs, without running anything",
  operands: [],
  flags: { actors: ACTORS_FLAG, json: JSON_FLAG },
  notes: [
    [
      "An edit needs nothing (words alone), a version (state stays, and means something else from now on), migrate (state",
      "of another kind), or a reprocess (only the log has it). All but nothing is a new generation.",
    ].join("\n"),
    "Exit code 1 if the actors are unsound, or cannot go on with what runs; 2 if they cannot be loaded.",
  ],
  examples: [{ says: "before new code goes out", args: "actor check --actors src/actors.ts" }],
  async run(invocation) {
    const { runActorCheck } = await import("../actor-check.ts")
    return (await runActorCheck(invocation)) ? EXIT.done : EXIT.no
  },
}
