import { type Command, JSON_FLAG } from "../command.ts"

export const simulate: Command = {
  name: "simulate",
  summary: "run Millrace in one process on virtual time, with faults, and recount the invariants",
  operands: [],
  flags: {
    seed: { takes: "<n>", means: "the same seed gives the same run; default: 1" },
    steps: { takes: "<n>", means: "how many steps at least; default: 100000" },
    scenario: { takes: "<name>", means: "what is simulated; `list` says what there is" },
    json: JSON_FLAG,
  },
  notes: ["A violation ends the run with exit code 1 and prints the command that repeats it exactly."],
  examples: [{ says: "a million steps of one seed", args: "simulate --seed 7 --steps 1000000" }],
  async run(invocation) {
    const { runSimulation } = await import("../simulate.ts")
    return runSimulation(invocation)
  },
}
