/**
 * Owns: ending what an earlier start left running because it was killed.
 * Never: a process that only has the pid of such a one by now.
 */

import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Clock } from "../base/clock.ts"
import { SERVER_STOP_WITHIN_MS } from "../base/limits.ts"
import { isRecord, readJsonIfThere, removeIfThere } from "./files.ts"
import { isAlive } from "./identity.ts"
import { endForeign, type PidFile } from "./process.ts"

/** The caller holds the folder, so whatever a pid file names is nobody's. */
export async function endOrphans(runDir: string, say: (line: string) => void, clock?: Clock): Promise<void> {
  const files = existsSync(runDir) ? readdirSync(runDir).filter((name) => name.endsWith(".pid")) : []
  await Promise.all(files.map((name) => endOrphan(join(runDir, name), say, clock)))
}

async function endOrphan(path: string, say: (line: string) => void, clock: Clock | undefined): Promise<void> {
  const orphan = readJsonIfThere(path)
  if (isPidFile(orphan) && isAlive(orphan)) {
    const how = await endForeign(orphan, SERVER_STOP_WITHIN_MS, clock)
    say(`${how} ${orphan.name} (process ${orphan.pid}), left over from a start that was killed`)
  }
  removeIfThere(path)
}

const STOP_SIGNALS: readonly unknown[] = ["SIGTERM", "SIGINT"]

function isPidFile(value: unknown): value is PidFile {
  return (
    isRecord(value) &&
    typeof value.name === "string" &&
    typeof value.pid === "number" &&
    typeof value.started === "string" &&
    STOP_SIGNALS.includes(value.stopSignal)
  )
}
