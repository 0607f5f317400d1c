/**
 * Owns: one process at a time making a cache entry, also across hosts that share the folder.
 * Never: reading entries; they appear by rename and are read without a lock.
 *
 * C1 a holder has announced itself in a file of its own and then seen no other live announcement. Of two that overlap,
 *    whichever looks second sees the first, so they never both hold.
 * C2 an announcement counts while its process lives; names are never used twice, so removing a dead one takes nothing
 *    from the living.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { type Clock, sleep, type Timer } from "../../base/clock.ts"
import { Unreachable } from "../../base/errors.ts"
import {
  CACHE_LOCK_LOOK_EVERY_MS,
  CACHE_LOCK_STALE_AFTER_MS,
  CACHE_LOCK_TOUCH_EVERY_MS,
  CACHE_LOCK_WITHIN_MS,
} from "../../base/limits.ts"
import { below, systemRandom } from "../../base/random.ts"
import { isCode } from "./workbench.ts"

export interface LockOptions {
  readonly folder: string
  readonly key: string
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Called once, when another holds it. */
  readonly waiting: (holder: string) => void
}

export interface Owner {
  readonly host: string
  readonly pid: number
  /** When the process began, in the system's own words: tells a pid used again. Empty where that is not known. */
  readonly began: string
}

/** A name for files of this process, never used twice. */
export function ownName(): string {
  const { host, pid, began } = thisProcess()
  return [host, pid, began, systemRandom.uint32().toString(36)].join("~")
}

export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquire(options)
  try {
    return await work()
  } finally {
    release()
  }
}

async function acquire(options: LockOptions): Promise<() => void> {
  const { folder, key, clock, signal } = options
  mkdirSync(folder, { recursive: true })
  const mine = join(folder, `${key}@${ownName()}`)
  const giveUpAt = clock.monotonicMs() + CACHE_LOCK_WITHIN_MS
  let said = false
  for (;;) {
    let holder = others(options, mine)[0]
    if (holder === undefined) {
      writeFileSync(mine, "", { flag: "wx" })
      holder = others(options, mine)[0]
      if (holder === undefined) return holding(mine, clock)
      rmSync(mine)
    }
    if (!said) options.waiting(`process ${holder.pid}`)
    said = true
    if (clock.monotonicMs() > giveUpAt || signal?.aborted === true) {
      throw new Unreachable({
        operation: `wait for ${key}`,
        reason: `process ${holder.pid} on ${holder.host} holds it`,
      })
    }
    await sleep(clock, CACHE_LOCK_LOOK_EVERY_MS + below(systemRandom, CACHE_LOCK_LOOK_EVERY_MS), signal)
  }
}

/** Touched while held, for those who cannot see our process. */
function holding(path: string, clock: Clock): () => void {
  let timer: Timer
  const touch = () => {
    const now = clock.now() / 1000
    utimesSync(path, now, now)
    timer = clock.after(CACHE_LOCK_TOUCH_EVERY_MS, touch)
  }
  timer = clock.after(CACHE_LOCK_TOUCH_EVERY_MS, touch)
  return () => {
    timer.cancel()
    rmSync(path, { force: true })
  }
}

function others({ folder, key, clock }: LockOptions, mine: string): readonly Owner[] {
  const live: Owner[] = []
  for (const file of readdirSync(folder)) {
    const path = join(folder, file)
    if (!file.startsWith(`${key}@`) || path === mine) continue
    const owner = ownerOf(file.slice(key.length + 1))
    if (owner !== undefined && isLive(owner, path, clock)) live.push(owner)
    else rmSync(path, { force: true })
  }
  return live
}

/** Reads a name that ownName made. */
export function ownerOf(name: string): Owner | undefined {
  const [host, pid, began] = name.split("~")
  if (host === undefined || began === undefined || !/^\d+$/.test(pid ?? "")) return undefined
  return { host, pid: Number(pid), began }
}

/** `path`: what the owner touches while it lives. */
function isLive(owner: Owner, path: string, clock: Clock): boolean {
  if (isElsewhere(owner)) return touchedAgoMs(path, clock) < CACHE_LOCK_STALE_AFTER_MS
  return !isGone(owner)
}

function isElsewhere(owner: Owner): boolean {
  return owner.host !== thisProcess().host
}

/** Known to be dead: of a process elsewhere nothing is known. */
export function isGone(owner: Owner): boolean {
  if (isElsewhere(owner)) return false
  const began = beganOf(owner.pid)
  return began === undefined || (began !== "" && owner.began !== "" && began !== owner.began)
}

function touchedAgoMs(path: string, clock: Clock): number {
  const touchedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return touchedAt === undefined ? Number.POSITIVE_INFINITY : clock.now() - touchedAt
}

function thisProcess(): Owner {
  return { host: hostname().replace(/[^A-Za-z0-9.-]/g, "_"), pid: process.pid, began: beganOf(process.pid) ?? "" }
}

/** Nothing: no such process. Empty: it lives, since when is not known here. */
function beganOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (isCode(error, "ESRCH")) return undefined
    if (!isCode(error, "EPERM")) throw error
  }
  return process.platform === "linux" ? ticksAtStart(pid) : ""
}

function ticksAtStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // After the command, which may itself hold blanks and brackets: state is field 3, the start time field 22.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
  } catch (error) {
    if (isCode(error, "ENOENT") || isCode(error, "ESRCH")) return undefined
    throw error
  }
}
