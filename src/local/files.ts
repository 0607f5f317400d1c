/** Owns: small files that are there whole or not at all. Never: what they mean. */

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { isCode } from "./identity.ts"

/** Nothing if it is not there, or is not JSON (cut short by a crash). */
export function readJsonIfThere(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch (error) {
    if (error instanceof SyntaxError || isCode(error, "ENOENT")) return undefined
    throw error
  }
}

/** For its owner alone: a URL may carry a password. */
export function writeJsonAtomically(path: string, value: unknown): void {
  const aside = `${path}.${process.pid}.new`
  writeFileSync(aside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(aside, path)
}

export function removeIfThere(path: string): void {
  rmSync(path, { force: true })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
