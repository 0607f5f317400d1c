import { resolve } from "node:path"
import { ACTORS_FLAG, type Command } from "../command.ts"

export const start: Command = {
  name: "start",
  summary: "everything on this machine: servers, roles, dashboard",
  operands: [],
  flags: {
    demo: { means: "play the demo traffic, as tenant demo" },
    "no-demo": { means: "leave the demo traffic out, also if --demo is given" },
    "no-facts": { means: "do not keep every event in PostgreSQL" },
    actors: ACTORS_FLAG,
  },
  notes: [
    "It keeps running until Ctrl-C or SIGTERM, and goes on from the same data the next time. The last line of its\nstart-up begins with `ready` and names the dashboard. Data lives in MILLRACE_DIR.",
  ],
  examples: [
    { says: "with something to look at", args: "start --demo" },
    { says: "with your own events and actors", args: "start --actors src/actors.ts" },
  ],
  run: (invocation) => invocation.wiring.role("start", startArgs(invocation)),
}

const PASSED_ON = ["demo", "no-demo", "no-facts"]

/** Roles have working folders of their own, so a path is made absolute here. */
function startArgs(invocation: Parameters<Command["run"]>[0]): string[] {
  const switches = PASSED_ON.filter((name) => invocation.has(name)).map((name) => `--${name}`)
  const actors = invocation.text("actors")
  return actors === undefined ? switches : [...switches, "--actors", resolve(actors)]
}
