/** Owns: asking a stream's leader where it begins and ends. Never: the streams' configuration (topology.ts). */

import type { StreamState } from "@nats-io/jetstream"
import type { StreamBounds } from "../log.ts"
import { type Session, unlessLost } from "./session.ts"

export async function boundsOf({ connection, manager }: Session, stream: string): Promise<StreamBounds> {
  return boundsIn((await unlessLost(connection, () => manager.streams.info(stream))).state)
}

/** A stream that never held anything says 0 for both ends; the port's first is one more than its last. */
export function boundsIn({ first_seq, last_seq, messages, bytes }: StreamState): StreamBounds {
  return { first: messages === 0 ? last_seq + 1 : first_seq, last: last_seq, messages, bytes }
}
