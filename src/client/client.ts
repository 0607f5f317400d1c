/**
 * Owns: the publishing client's shell: promises, the door where calls wait for room, the one timer.
 * Never: deciding what is sent when (machine.ts), or talking to a server (transport.ts).
 *
 * P1 a publish resolves only after its event was acknowledged as stored in the log of record.
 * P2 events of one (tenant, key) are stored in the order of their calls, also over retries.
 * P3 what is in flight and what waits is bounded.
 */

import { Bug } from "../base/assert.ts"
import { type Clock, sleep, type Timer } from "../base/clock.ts"
import { explain } from "../base/errors.ts"
import { type Logger, silentLogger } from "../base/log.ts"
import type { Random } from "../base/random.ts"
import { type Call, ManyCall, SingleCall } from "./calls.ts"
import { admit, type EventToPublish, invalid, type Receipt } from "./event.ts"
import { PublishFailed, type Why } from "./failures.ts"
import { Ledger } from "./ledger.ts"
import { type Counts, Machine } from "./machine.ts"
import { type ClientOptions, type Settled, settleOptions } from "./options.ts"
import type { Slot } from "./slot.ts"
import type { Message, Outcome, Transport } from "./transport.ts"

export interface Client {
  /** Waits while there is no room. The event must not be changed before it resolves. Rejects with PublishFailed. */
  publish(event: EventToPublish): Promise<Receipt>
  /** Nothing, at once, if there is no room. */
  tryPublish(event: EventToPublish): Promise<Receipt> | undefined
  /** Receipts in the order of the events; rejects with PartlyPublished once each event has ended, if any failed. */
  publishAll(events: readonly EventToPublish[]): Promise<readonly Receipt[]>
  /** Resolves once everything published before has ended; nothing of it lingers. */
  flush(): Promise<void>
  /** Takes nothing more, waits for what is in flight within its bound, then fails the rest. */
  close(): Promise<void>
  stats(): ClientStats
}

export interface ClientStats extends Readonly<Counts> {
  readonly accepted: number
  readonly inFlightEvents: number
  readonly inFlightBytes: number
  readonly waitingCalls: number
}

export interface ClientParts {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly options?: ClientOptions
  readonly logger?: Logger
}

export function createClient(parts: ClientParts): Client {
  return new PublishingClient(parts)
}

class PublishingClient implements Client {
  readonly #options: Settled
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #machine: Machine
  readonly #ledger = new Ledger()
  /** Calls that wait for room, first come first served. */
  readonly #door: Call[] = []
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #closing: Promise<void> | undefined
  #over = false
  #accepted = 0
  #turnedAway = 0

  constructor({ transport, clock, random, options, logger }: ClientParts) {
    this.#options = settleOptions(options ?? {})
    this.#transport = transport
    this.#clock = clock
    this.#logger = logger ?? silentLogger
    const effects = { send: (message: Message, slot: Slot) => this.#send(message, slot) }
    const { messageBytesMax } = transport
    this.#machine = new Machine({ options: this.#options, messageBytesMax, random, effects })
  }

  publish(event: EventToPublish): Promise<Receipt> {
    const now = this.#clock.monotonicMs()
    const promised = Promise.withResolvers<Receipt>()
    this.#arrive(new SingleCall(event, now + this.#options.deliverWithinMs, this.#ledger, promised), now)
    return promised.promise
  }

  tryPublish(event: EventToPublish): Promise<Receipt> | undefined {
    return this.#door.length > 0 || !this.#machine.hasRoom ? undefined : this.publish(event)
  }

  publishAll(events: readonly EventToPublish[]): Promise<readonly Receipt[]> {
    if (events.length === 0) return Promise.resolve([])
    const now = this.#clock.monotonicMs()
    const promised = Promise.withResolvers<readonly Receipt[]>()
    this.#arrive(new ManyCall(events, now + this.#options.deliverWithinMs, this.#ledger, promised), now)
    return promised.promise
  }

  flush(): Promise<void> {
    this.#machine.flush(this.#clock.monotonicMs())
    return this.#ledger.allEnded()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  stats(): ClientStats {
    return {
      ...this.#machine.counts,
      accepted: this.#accepted,
      failed: this.#machine.counts.failed + this.#turnedAway,
      inFlightEvents: this.#machine.inFlightEvents,
      inFlightBytes: this.#machine.inFlightBytes,
      waitingCalls: this.#door.length,
    }
  }

  #arrive(call: Call, now: number): void {
    if (this.#closing !== undefined) this.#turnAway(call, "closed", "the client is closed")
    else if (this.#door.length >= this.#options.waitingCallsMax && !this.#mayEnter) {
      this.#turnAway(call, "crowded", `${this.#door.length} calls wait already`)
    } else if (!this.#mayEnter || !this.#letIn(call, now)) {
      this.#door.push(call)
      this.#armBy(call.expiresAt)
    }
  }

  get #mayEnter(): boolean {
    return this.#door.length === 0 && this.#machine.hasRoom
  }

  /** As many of its events as there is room for; whether that was all. */
  #letIn(call: Call, now: number): boolean {
    while (call.next < call.count && this.#machine.hasRoom) {
      const index = call.next++
      this.#accept(call, index, now)
    }
    this.#armBy(now + this.#options.lingerMs)
    return call.next === call.count
  }

  #accept(call: Call, index: number, now: number): void {
    const event = call.event(index)
    try {
      this.#machine.accept(admit(event, this.#options.tenant), call, index, now, call.expiresAt)
      this.#accepted++
    } catch (error) {
      if (error instanceof Bug) throw error
      this.#turnedAway++
      call.failed(index, error instanceof PublishFailed ? error : invalid(explain(error), event.id))
    }
  }

  #openDoor(now: number): void {
    for (let call = this.#door[0]; call !== undefined; call = this.#door[0]) {
      if (call.expiresAt <= now) this.#turnAway(call, "expired", "there was no room in time")
      else if (!this.#machine.hasRoom || !this.#letIn(call, now)) return
      this.#door.shift()
    }
  }

  /** All of its events that were not let in. */
  #turnAway(call: Call, why: Why, reason: string): void {
    while (call.next < call.count) {
      const index = call.next++
      const id = call.event(index).id
      const fields = { operation: "publish an event", reason, why, maybeStored: false }
      this.#turnedAway++
      call.failed(index, new PublishFailed(id === undefined ? fields : { ...fields, id }))
    }
  }

  #send(message: Message, slot: Slot): void {
    this.#transport.send(message, (outcome) => this.#settled(slot, outcome))
  }

  #settled(slot: Slot, outcome: Outcome): void {
    if (this.#over) return
    const now = this.#clock.monotonicMs()
    this.#machine.settled(slot, outcome, now)
    if (outcome.tag !== "stored")
      this.#logger.debug("a message was not stored", { outcome: outcome.tag, reason: outcome.reason })
    this.#openDoor(now)
    this.#armBy(slot.dueAt)
  }

  #armBy(at: number): void {
    if (at >= this.#timerAt || this.#over) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#clock.after(Math.max(0, Math.ceil(at - this.#clock.monotonicMs())), () => this.#wake())
  }

  #wake(): void {
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = this.#clock.monotonicMs()
    this.#machine.tick(now)
    this.#openDoor(now)
    this.#armBy(Math.min(this.#machine.dueAt, this.#door[0]?.expiresAt ?? Number.POSITIVE_INFINITY))
  }

  async #close(): Promise<void> {
    const bound = new AbortController()
    await Promise.race([this.flush(), sleep(this.#clock, this.#options.closeWithinMs, bound.signal)])
    bound.abort()
    this.#over = true
    this.#timer?.cancel()
    this.#machine.giveUpAll("closed", "the client was closed before it was acknowledged")
    for (const call of this.#door.splice(0)) this.#turnAway(call, "closed", "the client was closed")
    await this.#transport.close()
  }
}
