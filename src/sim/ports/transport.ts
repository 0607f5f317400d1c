/** Owns: the client's transport over the simulated network, with the log of record at its end. Never: trying again. */

import { assert } from "../../base/assert.ts"
import { explain } from "../../base/errors.ts"
import { MESSAGE_BYTES_MAX, PUBLISH_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import type { Message, Outcome, Transport } from "../../client/transport.ts"
import { type Appended, type Log, LogAway, LogFull, LogRefused, type Outgoing } from "../../streams/log.ts"
import { HEADER } from "../../wire/headers.ts"
import type { Connection } from "../network.ts"

export function simulatedTransport(connection: Connection, log: Log): Transport {
  const unsettled = new Set<(outcome: Outcome) => void>()
  let closed = false
  return {
    messageBytesMax: MESSAGE_BYTES_MAX,

    send(message, settle) {
      assert(!closed, "nothing is sent through a closed transport")
      const once = (outcome: Outcome) => {
        if (unsettled.delete(once)) settle(outcome)
      }
      unsettled.add(once)
      if (!connection.connected) return queueMicrotask(() => once(unsent("not connected")))
      const outgoing = outgoingOf(message)
      const what = `publish ${message.subject} as ${outgoing.id ?? "nobody's repeat"}`
      const answer = connection.call({
        what,
        order: message.subject,
        timeoutMs: PUBLISH_ANSWER_WITHIN_MS,
        serve: () => log.append(outgoing),
        noAnswer: (reason) => new LogAway({ operation: what, reason }),
      })
      answer.then(
        (appended) => once(stored(appended)),
        (error: unknown) => once(outcomeOf(error)),
      )
    },

    async close() {
      closed = true
      for (const settle of unsettled) settle({ tag: "unknown", reason: "the transport was closed", maybeStored: true })
    },
  }
}

/** As it is at the moment of sending: what the sender does with its buffers later is its own. */
function outgoingOf({ subject, headers, body }: Message): Outgoing {
  const { [HEADER.messageId]: id, ...others } = headers
  return { subject, headers: others, body: body.slice(), ...(id === undefined ? {} : { id }) }
}

function stored({ sequence, duplicate }: Appended): Outcome {
  return { tag: "stored", sequence, duplicate }
}

function unsent(reason: string): Outcome {
  return { tag: "unknown", reason, maybeStored: false }
}

function outcomeOf(error: unknown): Outcome {
  const reason = explain(error)
  if (error instanceof LogFull) return { tag: "full", reason }
  if (error instanceof LogRefused) return { tag: "refused", reason }
  return { tag: "unknown", reason, maybeStored: true }
}
