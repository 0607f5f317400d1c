/**
 * Owns: waiting for a real answer from a server, no longer than a bound, and no longer than it lives.
 * Never: a fixed wait.
 */

import { connect, type Socket } from "node:net"
import { type Clock, sleep, systemClock } from "../base/clock.ts"
import { explain, Unreachable } from "../base/errors.ts"
import {
  READINESS_AGAIN_AFTER_MS,
  READINESS_PROBE_MS,
  SERVER_READY_WITHIN_MS,
  SERVER_STOP_WITHIN_MS,
} from "../base/limits.ts"
import { LOOPBACK } from "./ports.ts"
import type { Exit, Running } from "./process.ts"

/** Resolves if the server answers as it should; throws why not otherwise. */
export type Probe = () => Promise<void>

/** The server itself, once ready. One that dies, does not get ready or is no longer wanted leaves nothing behind. */
export async function untilReady(
  running: Running,
  probe: Probe,
  signal: AbortSignal = new AbortController().signal,
  clock: Clock = systemClock,
): Promise<Running> {
  const giveUpAt = clock.monotonicMs() + SERVER_READY_WITHIN_MS
  const exited = running.exited.then((exit) => ({ exit }))
  for (;;) {
    const outcome = await Promise.race([exited, attempt(probe)])
    if (outcome === "ready") return running
    if ("exit" in outcome) throw diedStarting(running, outcome.exit)
    if (signal.aborted || clock.monotonicMs() > giveUpAt) {
      await running.stop(SERVER_STOP_WITHIN_MS)
      throw notReady(running, outcome.why)
    }
    await sleep(clock, READINESS_AGAIN_AFTER_MS)
  }
}

async function attempt(probe: Probe): Promise<"ready" | { readonly why: string }> {
  try {
    await probe()
    return "ready"
  } catch (error) {
    return { why: explain(error) }
  }
}

export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code}` : exit.signal
}

export function diedStarting(running: Running, exit: Exit): Unreachable {
  const reason = `it ended (${describeExit(exit)}) before it was ready`
  return new Unreachable({
    operation: `start ${running.name}`,
    reason,
    hint: `its last words:\n${running.lastWords()}`,
  })
}

export function notReady(running: Running, why: string): Unreachable {
  const reason = `it did not get ready: ${why}`
  return new Unreachable({
    operation: `start ${running.name}`,
    reason,
    hint: `its last words:\n${running.lastWords()}`,
  })
}

/**
 * One exchange over TCP: sends `request`, then gives all that came so far to `read` until it answers something.
 * Bounded in time; the connection is closed whatever happens.
 */
export function exchange<T>(
  port: number,
  talk: { readonly request?: Uint8Array; readonly read: (received: Buffer, socket: Socket) => T | undefined },
  withinMs: number = READINESS_PROBE_MS,
  clock: Clock = systemClock,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: LOOPBACK, port })
    const timer = clock.after(withinMs, () => fail(new Error(`no answer on port ${port}`)))
    let received = Buffer.alloc(0)
    const end = () => {
      timer.cancel()
      socket.destroy()
    }
    const fail = (error: Error) => {
      end()
      reject(error)
    }
    socket.on("error", fail)
    socket.on("close", () => fail(new Error(`port ${port} closed the connection`)))
    socket.on("connect", () => talk.request !== undefined && socket.write(talk.request))
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes])
      try {
        const answer = talk.read(received, socket)
        if (answer === undefined) return
        end()
        resolve(answer)
      } catch (error) {
        fail(error instanceof Error ? error : new Error(explain(error)))
      }
    })
  })
}
