/**
 * Owns: telling a process from a later one that was given the same pid.
 * Never: ending one (process.ts, orphans.ts).
 */

import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

export interface Identity {
  readonly pid: number
  /** When it started, in the words of this system; only equality means anything. */
  readonly started: string
}

/** Nothing if there is no such process, or only its unreaped rest. */
export function identify(pid: number): Identity | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  const started = existsSync("/proc/self/stat") ? startedByProc(pid) : startedByPs(pid)
  return started === undefined ? undefined : { pid, started }
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.started === identity.started
}

/** Where a process runs, and as what, as far as this system tells: to recognise a server by its data folder. */
export function describeProcess(pid: number): string {
  return spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout?.trim() ?? ""
}

function startedByProc(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name in parentheses may hold spaces and parentheses itself, so fields are counted from its end.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  if (state === "Z" || state === "X") return undefined
  const ticksSinceBoot = fields[18]
  const boot = readIfThere("/proc/sys/kernel/random/boot_id")?.trim() ?? ""
  return `${boot}/${ticksSinceBoot}`
}

function startedByPs(pid: number): string | undefined {
  const ps = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
  })
  const [, state, started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(ps.stdout ?? "") ?? []
  return state === undefined || state.startsWith("Z") ? undefined : started
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (isCode(error, "ENOENT") || isCode(error, "ESRCH")) return undefined
    throw error
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
