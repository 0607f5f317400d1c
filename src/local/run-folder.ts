/**
 * Owns: `<dir>/run`: whose it is (the lock), and where its servers answer (services.json).
 * Never: pid and log files of children (process.ts).
 *
 * U1 at most one living process holds a folder; a lock whose process is gone is nobody's.
 * U2 services.json is there only while everything in it answers, and is read whole or not at all.
 */

import { linkSync, mkdirSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "../base/assert.ts"
import { Misuse } from "../base/errors.ts"
import { isRecord, readJsonIfThere, removeIfThere, writeJsonAtomically } from "./files.ts"
import { type Identity, identify, isAlive, isCode } from "./identity.ts"

/** What `services.json` says; all of them URLs. */
export interface Services {
  readonly nats: string
  readonly postgres: string
  readonly mongo: string
  readonly http: string
  readonly metrics: string
}

export const runFolder = (dir: string): string => join(dir, "run")
const lockPath = (dir: string): string => join(runFolder(dir), "lock.json")
const servicesPath = (dir: string): string => join(runFolder(dir), "services.json")

const ATTEMPTS = 5

/** Holds the folder until `release`, or until this process ends. */
export function holdFolder(dir: string): { release(): void } {
  mkdirSync(runFolder(dir), { recursive: true })
  const self = identify(process.pid)
  assert(self !== undefined, "this process is alive")
  const own = `${lockPath(dir)}.${process.pid}`
  writeFileSync(own, JSON.stringify(self))
  try {
    // More than one attempt only if another process takes or leaves the lock at the same moment.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (linked(own, lockPath(dir))) return { release: () => removeIfThere(lockPath(dir)) }
      setStaleAside(dir)
    }
  } finally {
    removeIfThere(own)
  }
  throw new Misuse({ operation: `use ${dir}`, reason: "other processes are starting on it at the same time" })
}

/** A link is there whole or not at all, and only the first one succeeds. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (isCode(error, "EEXIST")) return false
    throw error
  }
}

function setStaleAside(dir: string): void {
  refuseIfHeld(dir, readJsonIfThere(lockPath(dir)))
  const aside = `${lockPath(dir)}.stale.${process.pid}`
  try {
    renameSync(lockPath(dir), aside)
  } catch (error) {
    if (isCode(error, "ENOENT")) return
    throw error
  }
  // Between the look and the rename another process may have taken it: then it gets its lock back.
  const taken = readJsonIfThere(aside)
  if (isIdentity(taken) && isAlive(taken)) linked(aside, lockPath(dir))
  removeIfThere(aside)
}

function refuseIfHeld(dir: string, holder: unknown): void {
  if (!isIdentity(holder) || !isAlive(holder)) return
  const services = readServices(dir)
  const where = services === undefined ? "" : `, at ${services.http}`
  throw new Misuse({
    operation: `start on ${dir}`,
    reason: `another millrace runs on it (process ${holder.pid}${where})`,
    hint: "stop that one, or set MILLRACE_DIR to another folder",
  })
}

function isIdentity(value: unknown): value is Identity {
  return isRecord(value) && typeof value.pid === "number" && typeof value.started === "string"
}

export function writeServices(dir: string, services: Services): void {
  writeJsonAtomically(servicesPath(dir), services)
}

export function removeServices(dir: string): void {
  removeIfThere(servicesPath(dir))
}

/** Nothing if nothing runs there. */
export function readServices(dir: string): Services | undefined {
  const found = readJsonIfThere(servicesPath(dir))
  if (!isRecord(found)) return undefined
  const { nats, postgres, mongo, http, metrics } = found
  const all = [nats, postgres, mongo, http, metrics]
  if (!all.every((url) => typeof url === "string")) return undefined
  return { nats: all[0]!, postgres: all[1]!, mongo: all[2]!, http: all[3]!, metrics: all[4]! }
}
