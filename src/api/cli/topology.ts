/** Owns: what the topology commands share: connecting, and telling changes. Never: finding or making them. */

import { type Change, describeChange } from "../../streams/topology.diff.ts"
import type { Invocation } from "./invocation.ts"
import { natsUrl } from "./places.ts"
import type { TopologyTool } from "./wiring.ts"

export async function withTopology<T>(invocation: Invocation, use: (tool: TopologyTool) => Promise<T>): Promise<T> {
  const tool = await invocation.wiring.topology(natsUrl(invocation.environment, "millrace topology"))
  try {
    return await use(tool)
  } finally {
    await tool.close()
  }
}

/** Streams of other generations, and ones the disk guard closed, are told but differ from nothing that is declared. */
export function isDifference({ kind }: Change): boolean {
  return kind === "create" || kind === "update" || kind === "refused"
}

export function tellChanges(invocation: Invocation, changes: readonly Change[], none: string, done = false): void {
  if (invocation.has("json")) return void invocation.answer({ changes })
  const lines = changes.map((change) => `${done && isDifference(change) ? "done: " : ""}${describeChange(change)}`)
  invocation.terminal.out(`${[...lines, ...(changes.some(isDifference) ? [] : [none])].join("\n")}\n`)
}
