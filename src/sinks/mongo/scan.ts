/** Owns: reading a view's live documents, a bounded number at a time. Never: an order, or one moment for all of them. */

import { SCAN_ROWS } from "../../base/limits.ts"
import type { Row } from "../sink.ts"
import type { Session } from "./connection.ts"
import type { Documents } from "./documents.ts"
import { DELETED } from "./schema.ts"

export async function* scanDocuments(session: Session, documents: Documents): AsyncIterable<Row> {
  const [collection] = session.collections(documents.shape.name)
  const options = { batchSize: SCAN_ROWS, useBigInt64: true, readConcern: "majority" } as const
  const cursor = collection!.find({ [DELETED]: { $ne: true } }, options)
  try {
    for await (const stored of cursor) yield documents.rowOf(stored)
  } finally {
    await cursor.close()
  }
}
