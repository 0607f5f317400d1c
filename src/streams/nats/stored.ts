/** Owns: a delivered message as the port shows it; headers are decoded when somebody looks. Never: copying bodies. */

import type { StoredMsg } from "@nats-io/jetstream"
import type { Msg, MsgHdrs } from "@nats-io/transport-node"
import type { Headers, Stored } from "../log.ts"
import type { Delivery } from "./delivery.ts"

const NO_HEADERS: Headers = Object.freeze({})

export class DeliveredMessage implements Stored {
  readonly sequence: number
  readonly subject: string
  readonly arrivedAt: number
  readonly body: Uint8Array
  readonly size: number
  readonly #message: Msg
  #headers: Headers | undefined

  constructor(message: Msg, { sequence, arrivedAt }: Delivery) {
    this.sequence = sequence
    this.subject = message.subject
    this.arrivedAt = arrivedAt
    this.body = message.data
    this.size = message.data.length
    this.#message = message
  }

  get headers(): Headers {
    this.#headers ??= plainHeaders(this.#message.headers)
    return this.#headers
  }
}

export function storedOf({ seq, subject, time, header, data }: StoredMsg): Stored {
  return { sequence: seq, subject, arrivedAt: time.getTime(), headers: plainHeaders(header), body: data }
}

function plainHeaders(headers: MsgHdrs | undefined): Headers {
  if (headers === undefined) return NO_HEADERS
  const plain: Record<string, string> = {}
  for (const [name, [value]] of headers) plain[name] ??= value ?? ""
  return plain
}
