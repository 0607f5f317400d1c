/** Owns: the store port over the simulated network. Never: what a store does (streams/memory/). */

import { STREAM_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import { type Store, StoreAway } from "../../streams/store.ts"
import type { Connection } from "../network.ts"

export function simulatedStore(connection: Connection, store: Store): Store {
  const ask = <T>(what: string, order: string, serve: () => Promise<T>): Promise<T> =>
    connection.call({
      what,
      order,
      serve,
      timeoutMs: STREAM_ANSWER_WITHIN_MS,
      noAnswer: (reason) => new StoreAway({ operation: what, reason }),
    })
  return {
    get: (key) => ask(`get ${key}`, key, () => store.get(key)),
    put: (key, value, options) => ask(`put ${key}`, key, () => store.put(key, value, options)),
    remove: (key, revision) => ask(`remove ${key}`, key, () => store.remove(key, revision)),
    keys: (prefix) => ask(`keys ${prefix}`, prefix, () => store.keys(prefix)),
    list: (prefix) => ask(`list ${prefix}`, prefix, () => store.list(prefix)),
  }
}
