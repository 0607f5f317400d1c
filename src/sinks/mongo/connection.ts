/**
 * Owns: the connections to one MongoDB: a fixed few, so that a document can always go over the same one.
 * Never: what is asked over them, or showing the URL to anybody: it holds a password.
 */

import { type Collection, type Db, MongoClient } from "mongodb"
import { fnv1a, mix32 } from "../../base/hash.ts"
import {
  MONGO_ANSWER_WITHIN_MS,
  MONGO_CONNECT_WITHIN_MS,
  MONGO_CONNECTIONS,
  MONGO_MAJORITY_WITHIN_MS,
} from "../../base/limits.ts"

const DATABASE = "millrace"

/** Written by a majority, to disk: what a checkpoint stands behind must outlive any one server. */
export const DURABLE = { writeConcern: { w: "majority", journal: true, wtimeoutMS: MONGO_MAJORITY_WITHIN_MS } } as const

/** Identities are texts of ours; what else is in a document is documents.ts's. */
export interface Stored {
  readonly _id: string
  readonly [field: string]: unknown
}

export class Session {
  readonly #clients: readonly MongoClient[]

  constructor(url: string, applicationName: string) {
    const options = {
      appName: applicationName,
      maxPoolSize: 1,
      maxConnecting: 1,
      connectTimeoutMS: MONGO_CONNECT_WITHIN_MS,
      serverSelectionTimeoutMS: MONGO_CONNECT_WITHIN_MS,
      socketTimeoutMS: MONGO_ANSWER_WITHIN_MS,
      waitQueueTimeoutMS: MONGO_ANSWER_WITHIN_MS,
    }
    this.#clients = Array.from({ length: MONGO_CONNECTIONS }, () => new MongoClient(url, options))
  }

  /** For all that is not a document of a view. */
  get database(): Db {
    return this.#clients[0]!.db(DATABASE)
  }

  /** One for each connection. */
  collections(view: string): readonly Collection<Stored>[] {
    return this.#clients.map((client) => client.db(DATABASE).collection<Stored>(view))
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
  }
}

/** Which of the connections carries a document. */
export function connectionOf(id: string): number {
  return mix32(fnv1a(id)) % MONGO_CONNECTIONS
}
