/**
 * Owns: publishing to JetStream with many messages in flight, and telling for each how it ended.
 * Never: trying again, ordering, or headers' meaning; that is its callers'.
 *
 * P1 every send is settled exactly once, after `send` has returned, within about `timeoutMs` (or at close).
 * P2 "stored" is said only of what JetStream acknowledged.
 *
 * One inbox and one wildcard subscription serve all answers, and one timer all timeouts: a request of the NATS client
 * for each message costs fifteen times the CPU.
 */

import { createInbox, type Msg, type NatsConnection, PermissionViolationError } from "@nats-io/transport-node"
import { type Clock, systemClock, type Timer } from "../../base/clock.ts"
import { explain } from "../../base/errors.ts"
import { ackReader, type Reply } from "./ack.ts"
import { type Fields, writtenHeaders } from "./fields.ts"

export type { Reply } from "./ack.ts"

export type { Fields } from "./fields.ts"
export type Settle = (reply: Reply) => void

export interface Publisher {
  /** `headers` are sent as they are; what they mean is the server's business. */
  send(subject: string, body: Uint8Array, headers: Fields | undefined, settle: Settle): void
  /** What was sent and is not settled. */
  readonly inFlight: number
  /** Settles what is in flight as unknown. The connection stays open. */
  close(): void
}

export interface PublisherOptions {
  /** How long an answer may take. */
  readonly timeoutMs: number
  readonly clock?: Clock
}

interface Pending {
  readonly subject: string
  readonly dueAt: number
  readonly settle: Settle
}

const NO_RESPONDERS = 503

export function makePublisher(connection: NatsConnection, options: PublisherOptions): Publisher {
  return new PipelinedPublisher(connection, options.timeoutMs, options.clock ?? systemClock)
}

class PipelinedPublisher implements Publisher {
  readonly #connection: NatsConnection
  readonly #timeoutMs: number
  readonly #clock: Clock
  readonly #inbox = `${createInbox()}.`
  /** In the order of sending, so of falling due. */
  readonly #pending = new Map<number, Pending>()
  readonly #read = ackReader()
  readonly #unsubscribe: () => void
  #next = 0
  #sweep: Timer | undefined
  /** What a send is told at once: while the connection is away, and after the end. */
  #away: Reply | undefined
  #ended: Reply | undefined

  constructor(connection: NatsConnection, timeoutMs: number, clock: Clock) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    this.#clock = clock
    const callback = (error: Error | null, message: Msg) => {
      if (error === null) this.#answered(message)
      else this.#end(rejected(`the inbox for answers is refused: ${explain(error)}`))
    }
    const subscription = connection.subscribe(`${this.#inbox}*`, { callback })
    this.#unsubscribe = () => subscription.unsubscribe()
    void this.#follow(connection)
  }

  get inFlight(): number {
    return this.#pending.size
  }

  send(subject: string, body: Uint8Array, fields: Fields | undefined, settle: Settle): void {
    const blocked = this.#ended ?? this.#away
    if (blocked === undefined) this.#sendNow(subject, body, fields, settle)
    else queueMicrotask(() => settle(blocked))
  }

  #sendNow(subject: string, body: Uint8Array, fields: Fields | undefined, settle: Settle): void {
    const number = this.#next++
    const reply = this.#inbox + number
    try {
      this.#connection.publish(
        subject,
        body,
        fields === undefined ? { reply } : { reply, headers: writtenHeaders(fields) },
      )
    } catch (error) {
      const refusal = this.#connection.isClosed() ? unsent("the connection is closed") : rejected(explain(error))
      queueMicrotask(() => settle(refusal))
      return
    }
    this.#pending.set(number, { subject, dueAt: this.#clock.monotonicMs() + this.#timeoutMs, settle })
    if (this.#sweep === undefined) this.#sweepAfter(this.#timeoutMs)
  }

  close(): void {
    if (!this.#connection.isClosed()) this.#unsubscribe()
    this.#settleAll(lost("the publisher was closed"))
    this.#end(unsent("the publisher was closed"))
    this.#sweep?.cancel()
    this.#sweep = undefined
  }

  #answered(message: Msg): void {
    const number = Number(message.subject.slice(this.#inbox.length))
    const pending = this.#pending.get(number)
    if (pending === undefined) return
    this.#pending.delete(number)
    pending.settle(this.#replyIn(message))
  }

  #replyIn(message: Msg): Reply {
    const body = message.data
    if (body.length === 0 && message.headers?.code === NO_RESPONDERS) return unsent("no stream listens to this subject")
    return this.#read(body)
  }

  #sweepAfter(delayMs: number): void {
    this.#sweep = this.#clock.after(delayMs, () => this.#sweepDue())
  }

  #sweepDue(): void {
    this.#sweep = undefined
    const now = this.#clock.monotonicMs()
    for (const [number, { dueAt, settle }] of this.#pending) {
      if (dueAt > now) {
        this.#sweepAfter(dueAt - now)
        return
      }
      this.#pending.delete(number)
      settle(lost(`no answer within ${this.#timeoutMs} ms`))
    }
  }

  /** What was written to a connection that broke may or may not have arrived; the NATS client does not send it again. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === "disconnect") {
        this.#away = unsent("not connected")
        this.#settleAll(lost("the connection broke"))
      } else if (status.type === "reconnect") {
        this.#away = undefined
      } else if (status.type === "error" && status.error instanceof PermissionViolationError) {
        this.#notAllowed(status.error)
      }
    }
    this.#settleAll(lost("the connection was closed"))
    this.#end(unsent("the connection is closed"))
  }

  #notAllowed(error: PermissionViolationError): void {
    if (error.operation !== "publish") return
    for (const [number, { subject, settle }] of this.#pending) {
      if (subject !== error.subject) continue
      this.#pending.delete(number)
      settle(rejected(explain(error)))
    }
  }

  #end(reply: Reply): void {
    this.#ended ??= reply
    this.#settleAll(reply)
  }

  #settleAll(reply: Reply): void {
    const all = [...this.#pending.values()]
    this.#pending.clear()
    for (const { settle } of all) settle(reply)
  }
}

function rejected(description: string): Reply {
  return { tag: "rejected", code: 0, status: 0, description }
}

function lost(reason: string): Reply {
  return { tag: "unknown", reason, maybeStored: true }
}

function unsent(reason: string): Reply {
  return { tag: "unknown", reason, maybeStored: false }
}
