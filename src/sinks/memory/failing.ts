/**
 * Owns: a sink that is away when it is told to be, with the write done or not: the two ways a lost answer can mean.
 * Never: chance; whoever wraps decides (a test, or the simulator from its seed).
 */

import { type Sink, SinkAway } from "../sink.ts"

/** `before`: nothing reached the sink. `after`: it was done, and the answer was lost. */
export type SinkFault = "none" | "before" | "after"

type SinkOperation = "prepare" | "checkpoint" | "write" | "scan"

export function failingSink(inner: Sink, faultOf: (operation: SinkOperation) => SinkFault): Sink {
  const through = async <T>(operation: SinkOperation, call: () => Promise<T>): Promise<T> => {
    const fault = faultOf(operation)
    if (fault === "before") throw away(operation)
    const answer = await call()
    if (fault === "after") throw away(operation)
    return answer
  }
  return {
    prepare: (views) => through("prepare", () => inner.prepare(views)),
    checkpoint: (projector, shard) => through("checkpoint", () => inner.checkpoint(projector, shard)),
    write: (batch) => through("write", () => inner.write(batch)),
    async *scan(view) {
      if (faultOf("scan") !== "none") throw away("scan")
      yield* inner.scan(view)
    },
    close: () => inner.close(),
  }
}

function away(operation: SinkOperation): SinkAway {
  return new SinkAway({ operation, reason: "the sink does not answer" })
}
