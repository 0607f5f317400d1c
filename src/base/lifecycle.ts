/** Owns: closing what was opened, in reverse, once, within a bound. Never: deciding when. */

import { type Clock, sleep, systemClock } from "./clock.ts"
import { explain } from "./errors.ts"
import type { Logger } from "./log.ts"

type Close = () => void | Promise<void>

export class Lifecycle {
  readonly #closers: { readonly name: string; readonly close: Close }[] = []
  readonly #logger: Logger
  readonly #clock: Clock
  #closing: Promise<void> | undefined

  constructor(logger: Logger, clock: Clock = systemClock) {
    this.#logger = logger
    this.#clock = clock
  }

  add(name: string, close: Close): void {
    this.#closers.push({ name, close })
  }

  /** Newest first; one that fails or hangs is logged and does not keep the others from closing. */
  close(eachWithinMs: number): Promise<void> {
    this.#closing ??= this.#closeAll(eachWithinMs)
    return this.#closing
  }

  async #closeAll(eachWithinMs: number): Promise<void> {
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      const { name, close } = closer
      const bound = new AbortController()
      const late = sleep(this.#clock, eachWithinMs, bound.signal).then(() => "late" as const)
      const done = Promise.resolve()
        .then(close)
        .then(
          () => "done" as const,
          (error: unknown) => this.#logger.error("closing failed", { closing: name, reason: explain(error) }),
        )
      const first = await Promise.race([done, late])
      if (first === "late") this.#logger.error("closing took too long, going on", { closing: name, eachWithinMs })
      bound.abort()
    }
  }
}
