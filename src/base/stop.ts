/**
 * Owns: hearing that this process shall end: a signal, or the end of whoever holds its channel.
 * Never: ending things (lifecycle.ts).
 */

import { type Clock, systemClock } from "./clock.ts"
import { SIGNAL_ECHO_MS } from "./limits.ts"

export interface StopRequest {
  /** Fires at the first request; its reason says which. */
  readonly signal: AbortSignal
  /** Resolves to the reason. */
  readonly requested: Promise<string>
  request(reason: string): void
  /** Listens no longer. */
  dispose(): void
}

/** SIGHUP: the terminal was closed. */
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const

/** `onImpatience`: a second signal, a while after the first; its echo (terminal and npm both send one) is none. */
export function hearStop(onImpatience: () => void, clock: Clock = systemClock): StopRequest {
  const controller = new AbortController()
  let firstAt: number | undefined
  const request = (reason: string) => {
    firstAt ??= clock.monotonicMs()
    controller.abort(reason)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAt !== undefined && clock.monotonicMs() - firstAt > SIGNAL_ECHO_MS) onImpatience()
    request(signal)
  }
  const onDisconnect = () => request("the process that started this one is gone")
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on("disconnect", onDisconnect)
  return {
    signal: controller.signal,
    requested: new Promise((resolve) => {
      controller.signal.addEventListener("abort", () => resolve(String(controller.signal.reason)))
    }),
    request,
    dispose() {
      for (const signal of SIGNALS) process.off(signal, onSignal)
      process.off("disconnect", onDisconnect)
    },
  }
}
