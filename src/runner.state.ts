/** Owns: where a runner's shards keep their state: snapshots in the bucket, what is cold in a file of this machine. */

import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { EngineTerms } from "./actors/engine.ts"
import { KeptState } from "./actors/recovery.ts"
import { Gate } from "./actors/snapshot/gate.ts"
import { openSpillFile } from "./actors/spill/spill-file.ts"
import { RESIDENT_BYTES_PER_RUNNER } from "./base/limits.ts"

/** `id`: of this run, so that no file's name was ever there before. Shards share what may be in memory evenly. */
export function keptInBucket(dir: string, id: string, shards: number): NonNullable<EngineTerms["makeKept"]> {
  const folder = join(dir, "spill")
  mkdirSync(folder, { recursive: true })
  let files = 0
  const gate = new Gate()
  return (terms) =>
    new KeptState({
      ...terms,
      gate,
      residentBytes: Math.floor(RESIDENT_BYTES_PER_RUNNER / shards),
      openFile: () => openSpillFile(join(folder, `${id}.${terms.shard}.${files++}`)),
    })
}
