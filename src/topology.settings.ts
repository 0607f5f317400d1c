/** Owns: which topology this process means: the same for start, gateway and the commands. Never: its streams. */

import type { Settings } from "./base/config.ts"
import { planTopology, type Topology } from "./streams/topology.ts"

const FIRST_GENERATION = 1

export function topologyOf({ diskBytes }: Pick<Settings, "diskBytes">): Topology {
  return planTopology({ generation: FIRST_GENERATION, diskBytes, replicas: 1 })
}
