import { resolve } from "node:path"
import { ACTORS_FLAG, type Command } from "../command.ts"

export const runner: Command = {
  name: "runner",
  summary: "a runner alone: it routes lanes and works shards, as many as fall to it",
  operands: [],
  flags: { actors: ACTORS_FLAG, "no-facts": { means: "do not keep every event in PostgreSQL" } },
  notes: ["It needs MILLRACE_NATS_URL. Runners may come and go at any time: the others take over what one leaves."],
  examples: [],
  run(invocation) {
    const actors = invocation.text("actors")
    const facts = invocation.has("no-facts") ? ["--no-facts"] : []
    return invocation.wiring.role("runner", [...facts, ...(actors === undefined ? [] : ["--actors", resolve(actors)])])
  },
}
