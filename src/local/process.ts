/**
 * Owns: one child process: its session, its log file, its pid file, its end.
 * Never: deciding whether it is started again (supervise.ts), or whether it is ready (readiness.ts).
 *
 * C1 a child runs in its own session, so a terminal's Ctrl-C reaches only us and we end our children in order.
 * C2 a child writes straight to its log file, so it outlives us without a broken pipe, and its last words stay.
 * C3 the pid file is there from just after the start until the child is gone, and names the process, not only the pid.
 */

import { type ChildProcess, type Serializable, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync } from "node:fs"
import { join } from "node:path"
import { type Clock, sleep, systemClock } from "../base/clock.ts"
import type { Environment } from "../base/config.ts"
import { Unreachable } from "../base/errors.ts"
import { LAST_WORDS_BYTES, LAST_WORDS_LINES, LOGS_KEPT_PER_CHILD } from "../base/limits.ts"
import { removeIfThere, writeJsonAtomically } from "./files.ts"
import { type Identity, identify, isAlive, isCode } from "./identity.ts"

export interface User {
  readonly uid: number
  readonly gid: number
}

export interface Launch {
  readonly name: string
  /** Holds `<name>.pid` and `logs/<name>.log`. */
  readonly runDir: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Environment
  readonly cwd?: string
  readonly user?: User
  /** What asks it to end soon and well. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
  /** An IPC channel to us; it closes when we die. */
  readonly channel?: boolean
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface PidFile extends Identity {
  readonly name: string
  readonly stopSignal: NodeJS.Signals
}

export interface Running {
  readonly name: string
  readonly pid: number
  readonly exited: Promise<Exit>
  /** The end of its log. */
  lastWords(): string
  /** Asks it to end, waits, then kills; resolves once it is gone. */
  stop(withinMs: number): Promise<Exit>
  kill(): void
  /** False if the channel is closed: the child is ending. */
  send(message: Serializable): boolean
  onMessage(take: (message: unknown) => void): void
}

export const pidFilePath = (runDir: string, name: string): string => join(runDir, `${name}.pid`)

export async function launch(order: Launch, clock: Clock = systemClock): Promise<Running> {
  const logPath = freshLog(order.runDir, order.name)
  const child = await spawned(order, logPath)
  const pid = child.pid!
  const stopSignal = order.stopSignal ?? "SIGTERM"
  const pidFile = pidFilePath(order.runDir, order.name)
  const identity = identify(pid)
  if (identity !== undefined) writeJsonAtomically(pidFile, { name: order.name, ...identity, stopSignal })
  const exited = exitOf(child).then((exit) => {
    removeIfThere(pidFile)
    return exit
  })
  return {
    name: order.name,
    pid,
    exited,
    lastWords: () => endOfFile(logPath),
    stop: (withinMs) => stopChild(child, exited, stopSignal, withinMs, clock),
    kill: () => void child.kill("SIGKILL"),
    send(message) {
      if (child.connected) child.send(message, ignoreClosedChannel)
      return child.connected
    },
    onMessage: (take) => void child.on("message", take),
  }
}

/** A message to a child that just died is lost with it; its exit is what tells. */
function ignoreClosedChannel(): void {}

async function spawned(order: Launch, logPath: string): Promise<ChildProcess> {
  const log = openSync(logPath, "a")
  try {
    const child = spawn(order.command, order.args, {
      cwd: order.cwd ?? "/",
      env: { ...order.env },
      detached: true,
      stdio: ["ignore", log, log, ...(order.channel === true ? ["ipc" as const] : [])],
      ...order.user,
    })
    await once(child, "spawn")
    return child
  } catch (cause) {
    throw new Unreachable({ operation: `start ${order.name}`, reason: `${order.command} does not run`, cause })
  } finally {
    closeSync(log)
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode })
  }
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }))
  })
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<Exit>,
  stopSignal: NodeJS.Signals,
  withinMs: number,
  clock: Clock,
): Promise<Exit> {
  const bound = new AbortController()
  child.kill(stopSignal)
  const late = sleep(clock, withinMs, bound.signal).then(() => "late" as const)
  const first = await Promise.race([exited, late])
  bound.abort()
  if (first !== "late") return first
  child.kill("SIGKILL")
  return exited
}

/** `<name>.log` is always the newest; the ones before it become `<name>.1.log` and so on, up to a bound. */
function freshLog(runDir: string, name: string): string {
  const folder = join(runDir, "logs")
  mkdirSync(folder, { recursive: true })
  const nth = (age: number) => join(folder, age === 0 ? `${name}.log` : `${name}.${age}.log`)
  for (let age = LOGS_KEPT_PER_CHILD - 1; age > 0; age--) {
    if (existsSync(nth(age - 1))) renameSync(nth(age - 1), nth(age))
  }
  return nth(0)
}

function endOfFile(path: string): string {
  const file = openSync(path, "r")
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, LAST_WORDS_BYTES))
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString("utf8", 0, read).trimEnd().split("\n").slice(-LAST_WORDS_LINES).join("\n")
  } finally {
    closeSync(file)
  }
}

/** Ends a process that is not (or no longer) our child. Resolves to whether it is gone. */
export async function endForeign(
  file: PidFile,
  withinMs: number,
  clock: Clock = systemClock,
): Promise<"ended" | "killed"> {
  signalIfThere(file, file.stopSignal)
  if (await untilGone(file, withinMs, clock)) return "ended"
  signalIfThere(file, "SIGKILL")
  if (await untilGone(file, withinMs, clock)) return "killed"
  throw new Unreachable({
    operation: `end the ${file.name} of an earlier start`,
    reason: `process ${file.pid} does not end`,
    hint: "end it by hand",
  })
}

function signalIfThere(identity: Identity, signal: NodeJS.Signals): void {
  try {
    if (isAlive(identity)) process.kill(identity.pid, signal)
  } catch (error) {
    if (!isCode(error, "ESRCH")) throw error // it ended in between, which is what was wanted
  }
}

const LOOK_AGAIN_MS = 20

async function untilGone(identity: Identity, withinMs: number, clock: Clock): Promise<boolean> {
  const start = clock.monotonicMs()
  while (isAlive(identity)) {
    if (clock.monotonicMs() - start > withinMs) return false
    await sleep(clock, LOOK_AGAIN_MS)
  }
  return true
}
