/** The process of `memory.ts` whose memory is looked at: with the limits a runner is started with, and nothing else in it. */

import { measureMemory } from "./memory.ts"

const [instances, shards] = process.argv.slice(2).map(Number)
const progress = (line: string) => void process.send?.({ line })
measureMemory({ progress, instances: instances!, shards: shards! }).then(
  (figures) => process.send?.({ figures }),
  (error: unknown) => process.send?.({ line: String(error) }),
)
