/**
 * Owns: telling a process from a later one that was given the same pid.
 * Never: ending one (process.ts, orphans.ts).
 */

import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, readlinkSync } from "node:fs"

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

/** Nothing if this system does not tell us. */
export function workingFolder(pid: number): string | undefined {
  if (existsSync("/proc/self/cwd")) return unlessGone(() => readlinkSync(`/proc/${pid}/cwd`))
  const lsof = spawnSync("lsof", ["-a", "-d", "cwd", "-Fn", "-p", String(pid)], { encoding: "utf8" })
  return /^n(.+)$/m.exec(lsof.stdout ?? "")?.[1]
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
  return unlessGone(() => readFileSync(path, "utf8"))
}

const GONE_OR_CLOSED = ["ENOENT", "ESRCH", "EACCES"]

function unlessGone(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    if (GONE_OR_CLOSED.some((code) => isCode(error, code))) return undefined
    throw error
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
