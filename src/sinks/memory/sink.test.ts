import { describe, expect, test } from "vitest"
import { sinkContract } from "../sink.contract.ts"
import { type Batch, SinkAway } from "../sink.ts"
import { failingSink, type SinkFault } from "./failing.ts"
import { memoryPlace, memorySink } from "./sink.ts"

for (const commit of ["together", "guarded"] as const) {
  sinkContract({
    name: `memory, committing ${commit}`,
    refusedText: "never",
    interrupted: commit === "guarded" ? "possible" : { skip: "rows and checkpoint are committed together" },
    async open() {
      const place = memoryPlace()
      let writesLeft = Number.POSITIVE_INFINITY
      const open = () =>
        memorySink({
          place,
          commit,
          refuses: ({ fields }) => (fields?.includes("never") ? "it is the refused text" : undefined),
          interrupted() {
            if (writesLeft-- > 0) return false
            writesLeft = Number.POSITIVE_INFINITY
            return true
          },
        })
      return {
        sink: open(),
        reopen: async () => open(),
        interruptNextWrite() {
          writesLeft = 2
        },
        async close() {},
      }
    },
  })
}

describe("a failing sink", () => {
  const shape = { name: "v", key: [{ name: "tenant_id", type: "text" as const }], fields: [] }
  const batch: Batch = { projector: "p", shard: 0, after: 0, upto: 1, rows: [] }

  test.for([
    ["before", 0],
    ["after", 1],
  ] as const)("is away %s the write was done, and leaves the checkpoint at %i", async ([fault, checkpoint]) => {
    let next: SinkFault = "none"
    const sink = failingSink(memorySink(), () => next)
    await sink.prepare([shape])
    next = fault
    await expect(sink.write(batch)).rejects.toBeInstanceOf(SinkAway)
    next = "none"
    expect(await sink.checkpoint("p", 0)).toBe(checkpoint)
  })
})
