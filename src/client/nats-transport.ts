/**
 * Owns: NATS as a transport: what JetStream's answers mean to a publisher.
 * Never: the connection's life beyond closing what was handed over with `closeConnection`.
 */

import type { Clock } from "../base/clock.ts"
import { MESSAGE_BYTES_MAX, PUBLISH_ANSWER_WITHIN_MS } from "../base/limits.ts"
import type { NatsConnection } from "../wire/nats/connection.ts"
import { makePublisher, type Reply } from "../wire/nats/publisher.ts"
import type { Outcome, Transport } from "./transport.ts"

export interface NatsTransportOptions {
  readonly clock: Clock
  readonly answerWithinMs?: number
  /** The connection serves nothing else, so it is drained with the client. */
  readonly closeConnection: boolean
}

export function natsTransport(connection: NatsConnection, options: NatsTransportOptions): Transport {
  const timeoutMs = options.answerWithinMs ?? PUBLISH_ANSWER_WITHIN_MS
  const publisher = makePublisher(connection, { timeoutMs, clock: options.clock })
  return {
    messageBytesMax: Math.min(MESSAGE_BYTES_MAX, connection.info?.max_payload ?? MESSAGE_BYTES_MAX),
    send({ subject, body, headers }, settle) {
      publisher.send(subject, body, headers, (reply) => settle(outcomeOf(reply)))
    },
    async close() {
      publisher.close()
      if (options.closeConnection) await connection.close()
    },
  }
}

/**
 * JetStream's numbers for "not now": its store failed (10077: most often the stream's bound), resources of the account
 * or server are used up (10023, 10028, 10047), too much is waiting (10167).
 */
const NOT_NOW: ReadonlySet<number> = new Set([10_023, 10_028, 10_047, 10_077, 10_167])
const TOO_MANY_REQUESTS = 429
const SERVER_ERRORS = 500

export function outcomeOf(reply: Reply): Outcome {
  switch (reply.tag) {
    case "stored":
      return reply
    case "unknown":
      return reply
    case "rejected": {
      const reason = reply.code === 0 ? reply.description : `${reply.description} (${reply.code})`
      const notNow = NOT_NOW.has(reply.code) || reply.status === TOO_MANY_REQUESTS || reply.status >= SERVER_ERRORS
      return { tag: notNow ? "full" : "refused", reason }
    }
  }
}
