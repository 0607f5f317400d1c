/**
 * Owns: one consumer of one reader, from its creation to its end: asking, counting what comes, noticing silence.
 * Never: making a new one (reader.ts does), or keeping messages.
 *
 * The consumer acknowledges nothing and lives in one server's memory: whatever happens to it, the reader knows where
 * it was and makes another.
 */

import { AckPolicy, type ConsumerConfig, DeliverPolicy, ReplayPolicy } from "@nats-io/jetstream"
import { createInbox, type Msg, nanos } from "@nats-io/transport-node"
import type { Timer } from "../../base/clock.ts"
import { READ_HEARTBEAT_MS, READ_PULL_MS, READ_SILENCE_MS_MAX, READER_FORGOTTEN_AFTER_MS } from "../../base/limits.ts"
import { systemRandom } from "../../base/random.ts"
import { type Delivery, deliveryReader } from "./delivery.ts"
import { type Session, unlessLost } from "./session.ts"

export interface PullEvents {
  message(message: Msg, delivery: Delivery): void
  /** A pull ended before it brought all it was asked for. */
  ended(): void
  /** Nothing more will come. Told once, and never after `close`. */
  broken(reason: string): void
}

export interface Wanted {
  readonly stream: string
  readonly filter: string | undefined
  /** A sequence, or the newest message of each subject as it is now. */
  readonly from: number | "newest of each"
}

const SILENT_TICKS_MAX = READ_SILENCE_MS_MAX / READ_HEARTBEAT_MS
const HEARTBEAT = 100
const NO_MESSAGES = 404
const PENDING = "Nats-Pending-Messages"

export async function openPull(session: Session, wanted: Wanted, events: PullEvents): Promise<Pull> {
  const name = `reader_${systemRandom.uint32().toString(36)}${systemRandom.uint32().toString(36)}`
  const { connection, manager } = session
  await unlessLost(connection, () => manager.consumers.add(wanted.stream, configOf(name, wanted)))
  return new Pull(session, wanted.stream, name, events)
}

function configOf(name: string, { filter, from }: Wanted): Partial<ConsumerConfig> {
  return {
    name,
    ...(from === "newest of each"
      ? { deliver_policy: DeliverPolicy.LastPerSubject }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from }),
    ...(filter === undefined ? {} : { filter_subject: filter }),
    ack_policy: AckPolicy.None,
    replay_policy: ReplayPolicy.Instant,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(READER_FORGOTTEN_AFTER_MS),
  }
}

export class Pull {
  readonly name: string
  readonly #session: Session
  readonly #stream: string
  readonly #events: PullEvents
  readonly #inbox = createInbox()
  readonly #read: (reply: string) => Delivery
  readonly #unsubscribe: () => void
  #left = 0
  #received = 0
  #heard = true
  #silentTicks = 0
  #tick: Timer
  #over = false

  constructor(session: Session, stream: string, name: string, events: PullEvents) {
    this.name = name
    this.#session = session
    this.#stream = stream
    this.#events = events
    this.#read = deliveryReader(name)
    const callback = (error: Error | null, message: Msg) => {
      if (error !== null) return this.#break(error.message)
      try {
        this.#take(message)
      } catch (bug) {
        // Thrown on into the client it would leave the connection deaf, for everybody.
        queueMicrotask(() => {
          throw bug
        })
      }
    }
    const subscription = session.connection.subscribe(`${this.#inbox}.*`, { callback })
    this.#unsubscribe = () => subscription.unsubscribe()
    this.#tick = this.#nextTick()
  }

  /** Asked for and not yet come. */
  get left(): number {
    return this.#left
  }

  /** What has come: with the consumer's own count, whether anything is under way. */
  get received(): number {
    return this.#received
  }

  ask(messages: number, bytes: number): void {
    this.#ask({
      batch: messages,
      max_bytes: bytes,
      expires: nanos(READ_PULL_MS),
      idle_heartbeat: nanos(READ_HEARTBEAT_MS),
    })
  }

  /** What is there already, and `ended` behind it. */
  askForRest(messages: number): void {
    this.#ask({ batch: messages, no_wait: true })
  }

  #ask(request: { readonly batch: number; readonly [name: string]: number | boolean }): void {
    this.#left += request.batch
    this.#session.connection.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${this.name}`,
      JSON.stringify(request),
      { reply: `${this.#inbox}.0` },
    )
  }

  /** Tells the server to forget the consumer, without waiting for it: it would by itself, later. */
  close(): void {
    if (this.#over) return
    this.#end()
    const { connection } = this.#session
    if (!connection.isClosed()) connection.publish(`$JS.API.CONSUMER.DELETE.${this.#stream}.${this.name}`)
  }

  #take(message: Msg): void {
    if (this.#over) return
    this.#heard = true
    const reply = message.reply
    if (reply === undefined || reply === "") {
      this.#takeStatus(message)
      return
    }
    const delivery = this.#read(reply)
    if (delivery.number !== this.#received + 1) {
      this.#break(`message ${this.#received + 1} of the consumer did not come`)
      return
    }
    this.#received++
    this.#left = Math.max(0, this.#left - 1)
    this.#events.message(message, delivery)
  }

  #takeStatus({ headers }: Msg): void {
    if (headers?.code === HEARTBEAT) return
    const pending = headers?.code === NO_MESSAGES ? String(this.#left) : (headers?.get(PENDING) ?? "")
    if (pending === "") {
      this.#break(`the server answers ${headers?.code ?? "nothing"} ${headers?.description ?? ""}`.trim())
      return
    }
    this.#left = Math.max(0, this.#left - Number(pending))
    this.#events.ended()
  }

  /** In ticks rather than by the clock, so that a process that was held up does not take itself for deserted. */
  #nextTick(): Timer {
    return this.#session.clock.after(READ_HEARTBEAT_MS, () => {
      this.#silentTicks = this.#heard || this.#left === 0 ? 0 : this.#silentTicks + 1
      this.#heard = false
      if (this.#silentTicks < SILENT_TICKS_MAX) this.#tick = this.#nextTick()
      else this.#break(`silence for ${READ_SILENCE_MS_MAX} ms`)
    })
  }

  #break(reason: string): void {
    if (this.#over) return
    this.close()
    this.#events.broken(reason)
  }

  #end(): void {
    this.#over = true
    this.#tick.cancel()
    if (!this.#session.connection.isClosed()) this.#unsubscribe()
  }
}
