/**
 * Owns: that one shard of a process at a time writes a snapshot: folding takes memory while it goes on.
 * Never: which one comes next but by who asked first.
 */

export class Gate {
  #last: Promise<unknown> = Promise.resolve()

  /** Undefined: the signal fired before it was this one's turn. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    // Those behind wait for those in front, also when this one gives up.
    this.#last = before.then(() => promise)
    try {
      await Promise.race([before, fired(signal)])
      return signal.aborted ? undefined : await work()
    } finally {
      resolve()
    }
  }
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })
}
