import { type Command, JSON_FLAG } from "../command.ts"

export const bench: Command = {
  name: "bench",
  summary: "measure what this machine does",
  operands: [{ name: "name", means: "which one; `list` says what there is; without it, all", optional: true }],
  flags: { json: JSON_FLAG },
  notes: ["Figures are of this machine at this moment: compare runs on the same one."],
  examples: [{ says: "publishing through the log, with a server of its own", args: "bench ingest --json" }],
  async run(invocation) {
    const { runBenchCommand } = await import("../bench.ts")
    return runBenchCommand(invocation)
  },
}
