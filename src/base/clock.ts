/**
 * Owns: the only wall clock and the only timers of the process (the tidy test sees to it).
 * Never: deciding what belongs to which window; that is event time's work.
 */

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Milliseconds that never go back; only differences mean anything. */
  monotonicMs(): number
  after(delayMs: number, run: () => void): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Resolves after the delay, or at once when the signal fires; the caller looks at the signal. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      timer.cancel()
      signal?.removeEventListener("abort", done)
      resolve()
    }
    const timer = clock.after(delayMs, done)
    signal?.addEventListener("abort", done)
  })
}

/** Lets sockets and other work in before going on; the only way a loop gives up its turn. */
export function yieldTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
