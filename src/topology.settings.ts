/** Owns: which topology this process means: the same for start, gateway and the commands. Never: its streams. */

import type { Settings } from "./base/config.ts"
import { planTopology, type Topology } from "./streams/topology.ts"

export function topologyOf({ generation, diskBytes }: Pick<Settings, "generation" | "diskBytes">): Topology {
  return planTopology({ generation, diskBytes, replicas: 1 })
}
