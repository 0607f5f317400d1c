/**
 * Owns: bringing the newest message of each subject of a stream, all at once. Never: promising that it is all of them:
 * a server may end early when a subject is written to meanwhile, so the caller looks what is missing.
 */

import { LIST_KEYS_MAX } from "../../base/limits.ts"
import type { Stored } from "../log.ts"
import { StoreAway } from "../store.ts"
import { openPull } from "./pull.ts"
import type { Session } from "./session.ts"
import { DeliveredMessage } from "./stored.ts"

export async function newestOfEach(
  session: Session,
  operation: string,
  stream: string,
  filter: string,
  take: (message: Stored) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const pull = await openPull(
    session,
    { stream, filter, from: "newest of each" },
    {
      message: (message, delivery) => take(new DeliveredMessage(message, delivery)),
      ended: resolve,
      broken: (reason) => reject(new StoreAway({ operation, reason })),
    },
  )
  try {
    pull.askForRest(LIST_KEYS_MAX)
    await promise
  } finally {
    pull.close()
  }
}
