/**
 * Owns: watching a client's transport from outside: how much it has on its way, and whether it keeps to its bounds.
 * Never: changing what goes through.
 *
 * Messages of one key go one at a time: a batch's selector or an event's key is the subject's last token.
 */

import type { Settled } from "../../client/options.ts"
import type { Transport } from "../../client/transport.ts"
import { decodeBatch } from "../../wire/batch.ts"
import { BATCH_TYPE } from "../../wire/subject.ts"

export type ClientBounds = Pick<Settled, "inFlightEventsMax">

export const BOUNDS = {
  oneInFlight: "of one subject at most one message is on its way",
  events: "no more events are on their way than the client's bound",
} as const

export function watchedTransport(
  inner: Transport,
  { inFlightEventsMax }: ClientBounds,
  broken: (invariant: string, found: string) => void,
): Transport {
  const onTheirWay = new Set<string>()
  let eventsOnTheirWay = 0
  return {
    messageBytesMax: inner.messageBytesMax,
    send(message, settle) {
      const { subject } = message
      if (onTheirWay.has(subject)) broken(BOUNDS.oneInFlight, `a second one on ${subject}`)
      onTheirWay.add(subject)
      const events = eventsIn(subject, message.body)
      eventsOnTheirWay += events
      if (eventsOnTheirWay > inFlightEventsMax) {
        broken(BOUNDS.events, `${eventsOnTheirWay} events, the bound is ${inFlightEventsMax}`)
      }
      inner.send(message, (outcome) => {
        onTheirWay.delete(subject)
        eventsOnTheirWay -= events
        settle(outcome)
      })
    },
    close: () => inner.close(),
  }
}

function eventsIn(subject: string, body: Uint8Array): number {
  if (!subject.includes(`.${BATCH_TYPE}.`)) return 1
  const batch = decodeBatch(body)
  return batch.tag === "batch" ? batch.events.length : 0
}
