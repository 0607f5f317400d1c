/**
 * Owns: what every way of obtaining a server works with: the platform, and children that are bounded in time, seen
 * from outside while they run, and dead once we are. Never: knowing what they make.
 */

import { type ChildProcess, spawn } from "node:child_process"
import type { Clock, Timer } from "../../base/clock.ts"
import type { Environment } from "../../base/config.ts"
import { Failure } from "../../base/errors.ts"
import {
  PROVISION_OUTPUT_BYTES_MAX,
  PROVISION_PROGRESS_EVERY_MS,
  PROVISION_STEP_WITHIN_MS,
  PROVISION_TAIL_LINES,
} from "../../base/limits.ts"

/** One human line. */
export type Progress = (line: string) => void

/** As in process.platform and process.arch. */
export interface Platform {
  readonly os: string
  readonly arch: string
}

export interface Workbench {
  readonly cache: string
  readonly report: Progress
  /** For children, whole. */
  readonly environment: Environment
  readonly platform: Platform
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

export interface Command {
  /** For progress lines: "nats: building v2.15.2 with go". */
  readonly doing: string
  readonly file: string
  readonly arguments: readonly string[]
  readonly folder?: string
  readonly environment?: Environment
  readonly withinMs?: number
}

/** A way of obtaining a server did not lead there; the next one may. */
export class WayClosed extends Failure {
  override readonly name = "WayClosed"
  readonly tag = "WayClosed"
  readonly verdict = "refuse"
  /** The reason in one line. */
  get summary(): string {
    return this.reason.split(LAST_LINES, 1)[0] ?? this.reason
  }
}

const LAST_LINES = "; its last lines:"

/** Resolves to standard output; fails with the last lines of both outputs. */
export function run(bench: Workbench, command: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    const output = new Output()
    const child = spawn(command.file, command.arguments, {
      cwd: command.folder,
      env: { ...bench.environment, ...command.environment },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that its children end with it.
      detached: true,
    })
    const fail = (reason: string, cause?: unknown) =>
      reject(new WayClosed({ operation: command.doing, reason: output.after(reason), cause }))
    const release = watch(bench, command, child, output)
    child.stdout?.on("data", (bytes: Buffer) => output.take(bytes, true))
    child.stderr?.on("data", (bytes: Buffer) => output.take(bytes, false))
    child.once("error", (error) => {
      release()
      fail(`${command.file} could not be started`, error)
    })
    child.once("close", (code, killedBy) => {
      const cut = release()
      if (cut !== undefined) fail(cut)
      else if (code === 0) resolve(output.standard)
      else fail(`${command.file} ended with ${killedBy ?? `exit code ${code}`}`)
    })
  })
}

/** Ends the child at its bound, at the signal, or with us; says every while that it goes on. */
function watch(bench: Workbench, command: Command, child: ChildProcess, output: Output): () => string | undefined {
  const { clock, report, signal } = bench
  const withinMs = command.withinMs ?? PROVISION_STEP_WITHIN_MS
  const startedAt = clock.monotonicMs()
  let cut: string | undefined
  const end = (why: string) => {
    cut ??= why
    endGroup(child)
  }
  const bound = clock.after(withinMs, () => end(`it took longer than ${seconds(withinMs)}`))
  const stopped = () => end("it was stopped")
  const withUs = () => endGroup(child)
  let beat: Timer
  const again = () => {
    report(`${command.doing}, ${seconds(clock.monotonicMs() - startedAt)}${output.lastLine()}`)
    beat = clock.after(PROVISION_PROGRESS_EVERY_MS, again)
  }
  beat = clock.after(PROVISION_PROGRESS_EVERY_MS, again)
  signal?.addEventListener("abort", stopped, { once: true })
  process.once("exit", withUs)
  if (signal?.aborted === true) stopped()
  return () => {
    bound.cancel()
    beat.cancel()
    signal?.removeEventListener("abort", stopped)
    process.removeListener("exit", withUs)
    return cut
  }
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, "SIGKILL")
  } catch (error) {
    // Between its end and our hearing of it there is no such group any more.
    if (!isCode(error, "ESRCH")) throw error
  }
}

class Output {
  standard = ""
  #all = ""

  take(bytes: Buffer, standard: boolean): void {
    const text = bytes.toString("utf8")
    if (standard) this.standard = (this.standard + text).slice(-PROVISION_OUTPUT_BYTES_MAX)
    this.#all = (this.#all + text).slice(-PROVISION_OUTPUT_BYTES_MAX)
  }

  after(reason: string): string {
    const tail = this.#lines().slice(-PROVISION_TAIL_LINES)
    return tail.length === 0 ? reason : `${reason}${LAST_LINES}\n    ${tail.join("\n    ")}`
  }

  lastLine(): string {
    const last = this.#lines().at(-1)
    return last === undefined ? "" : ` (${last.trim().slice(0, 80)})`
  }

  #lines(): readonly string[] {
    return this.#all.split(/[\r\n]+/).filter((line) => line.trim() !== "")
  }
}

export function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))} s`
}

/** Whether a thrown value is the system's error of that code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
