/**
 * Owns: reading what a pull consumer's reply subject says of a message. Never: the message itself.
 *
 *   $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time, ns>.<pending>
 *   $JS.ACK.<domain>.<account>.<stream>.<consumer>.…    the newer form, which a server can be told to use
 */

import { assert } from "../../base/assert.ts"

export interface Delivery {
  /** The message's place in its stream. */
  sequence: number
  /** Its place in what this consumer has sent: 1, 2, 3, … unless something got lost. */
  number: number
  arrivedAt: number
  /** How many more there were for the consumer. */
  pending: number
}

const DOT = 46
const ZERO = 48
const NANOS_PER_MS_DIGITS = 6

/** A reader for one consumer: what stands before the numbers stays the same, and is measured once. */
export function deliveryReader(consumer: string): (reply: string) => Delivery {
  const marker = `.${consumer}.`
  let from = -1
  return (reply) => {
    if (from < 0) {
      const at = reply.indexOf(marker)
      assert(reply.startsWith("$JS.ACK.") && at > 0, `not a delivery of ${consumer}: ${reply}`)
      from = at + marker.length
    }
    return readNumbers(reply, from)
  }
}

function readNumbers(reply: string, from: number): Delivery {
  const delivery = { sequence: 0, number: 0, arrivedAt: 0, pending: 0 }
  let at = reply.indexOf(".", from) + 1
  let end = reply.indexOf(".", at)
  delivery.sequence = digits(reply, at, end)
  at = end + 1
  end = reply.indexOf(".", at)
  delivery.number = digits(reply, at, end)
  at = end + 1
  end = reply.indexOf(".", at)
  delivery.arrivedAt = digits(reply, at, end - NANOS_PER_MS_DIGITS)
  delivery.pending = digits(reply, end + 1, reply.length)
  return delivery
}

function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i)
    if (unit === DOT) break
    value = value * 10 + (unit - ZERO)
  }
  return value
}
