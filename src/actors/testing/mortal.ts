/** Owns: ports as one run of a process sees them: it may die or fall asleep before or after any call. Never: faults of servers. */

import type { Log, LogReader } from "../../streams/log.ts"
import type { Store } from "../../streams/store.ts"

export class Mortal {
  /** How many more calls there are before the end; infinite: it lives. */
  callsLeft = Number.POSITIVE_INFINITY
  readonly #end = Promise.withResolvers<void>()
  readonly #wake = Promise.withResolvers<void>()
  isOver = false

  /** Resolves once there are no calls left: it is dead, or asleep until `wake`. */
  get over(): Promise<void> {
    return this.#end.promise
  }

  /** At once. */
  end(): void {
    this.isOver = true
    this.#end.resolve()
  }

  /** It goes on where it was, and does not know how long it slept. */
  wake(): void {
    this.#wake.resolve()
  }

  async #turn(): Promise<void> {
    if (!this.isOver && this.callsLeft-- <= 0) this.end()
    if (this.isOver) await this.#wake.promise
  }

  async call<T>(serve: () => Promise<T>): Promise<T> {
    await this.#turn()
    const answer = await serve()
    await this.#turn()
    return answer
  }

  store(store: Store): Store {
    return {
      get: (key) => this.call(() => store.get(key)),
      put: (key, value, options) => this.call(() => store.put(key, value, options)),
      remove: (key, revision) => this.call(() => store.remove(key, revision)),
      list: (prefix) => this.call(() => store.list(prefix)),
      keys: (prefix) => this.call(() => store.keys(prefix)),
    }
  }

  log(log: Log): Log {
    return {
      append: (message) => this.call(() => log.append(message)),
      last: (stream, filter) => this.call(() => log.last(stream, filter)),
      get: (stream, sequence) => this.call(() => log.get(stream, sequence)),
      read: (from) => this.call(async () => this.#reader(await log.read(from))),
      bounds: (stream) => this.call(() => log.bounds(stream)),
      trim: (stream, below, subject) => this.call(() => log.trim(stream, below, subject)),
    }
  }

  #reader(reader: LogReader): LogReader {
    return {
      next: (max, waitMs) => this.call(() => reader.next(max, waitMs)),
      get upto() {
        return reader.upto
      },
      close: () => reader.close(),
    }
  }
}
