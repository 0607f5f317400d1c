/**
 * Owns: guarded upserts with the driver alone, on two connections, without checks, checkpoints or a sink: what a
 * benchmark compares the sink with. Never: anything a projector could use.
 */

import { MongoClient } from "mongodb"
import type { Row } from "../sink.ts"

export interface BareWrites {
  write(rows: readonly Row[]): Promise<void>
  close(): Promise<void>
}

const CONNECTIONS = 2
const CALL_WRITES = 1_000

interface BareDocument {
  readonly _id: string
  readonly [field: string]: unknown
}

/** `fields`: the names under which a row's values are set, in their order. */
export async function openBareWrites(url: string, view: string, fields: readonly string[]): Promise<BareWrites> {
  const clients = Array.from({ length: CONNECTIONS }, () => new MongoClient(url, { maxPoolSize: 1 }))
  const collections = clients.map((client) => client.db("bare").collection<BareDocument>(view))
  await collections[0]!.createIndex({ tenantId: 1, entityId: 1 })
  const updateOf = ({ key: [tenantId, entityId], fields: values, frame }: Row) => {
    const set = { n: frame, tenantId, entityId, ...Object.fromEntries(fields.map((name, i) => [name, values?.[i]])) }
    return {
      updateOne: {
        filter: { _id: `${tenantId}/${entityId}`, n: { $lt: frame } },
        update: { $set: set },
        upsert: true,
      },
    }
  }
  return {
    async write(rows) {
      const half = Math.ceil(rows.length / CONNECTIONS)
      const write = async (at: number) => {
        const mine = rows.slice(at * half, (at + 1) * half)
        for (let from = 0; from < mine.length; from += CALL_WRITES) {
          const calls = mine.slice(from, from + CALL_WRITES).map(updateOf)
          await collections[at]!.bulkWrite(calls, { ordered: false })
        }
      }
      await Promise.all(collections.map((_, at) => write(at)))
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()))
    },
  }
}
