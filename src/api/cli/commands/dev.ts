import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { Misuse } from "../../../base/errors.ts"
import { ACTORS_FLAG, type Command } from "../command.ts"
import type { Invocation } from "../invocation.ts"

const USUAL = "src/actors.ts"

export const dev: Command = {
  name: "dev",
  summary: "start that watches your actors, shows what an edit changes and goes on with it",
  operands: [],
  flags: {
    demo: { means: "play the demo traffic, as tenant demo" },
    "no-facts": { means: "do not keep every event in PostgreSQL" },
    actors: { ...ACTORS_FLAG, means: `${ACTORS_FLAG.means}; default: ${USUAL}` },
  },
  notes: [
    [
      "It watches the module and what that imports below its project. An edit is checked as by millrace actor check; one",
      "that cannot be loaded or is not sound changes nothing, and what ran goes on. One that only changes words restarts",
      "runner and gateway; any other begins a fresh generation, computed again from the beginning of the log. The",
      "generation before it stays, so taking an edit back goes on with it; older ones are dropped.",
    ].join("\n"),
  ],
  examples: [{ says: "with your own events and actors", args: "dev --actors src/actors.ts" }],
  run: (invocation) => invocation.wiring.role("dev", devArgs(invocation)),
}

function devArgs(invocation: Invocation): string[] {
  const switches = ["demo", "no-facts"].filter((name) => invocation.has(name)).map((name) => `--${name}`)
  return [...switches, "--actors", resolve(moduleOf(invocation))]
}

function moduleOf(invocation: Invocation): string {
  const named = invocation.text("actors")
  const module = named ?? USUAL
  if (existsSync(module)) return module
  throw new Misuse({
    operation: "millrace dev",
    reason: named === undefined ? `there is no ${USUAL} here to watch` : `there is no ${named}`,
    hint: "name the module of your actors: millrace dev --actors <module>; millrace init makes a project that has one",
  })
}
