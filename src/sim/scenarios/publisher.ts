/**
 * Owns: the program of one publisher: bursts of events through its own client, and writing down what it is told.
 * Never: the network, or judging.
 */

import { type Clock, sleep } from "../../base/clock.ts"
import { below, chance, pick, type Random } from "../../base/random.ts"
import { PartlyPublished } from "../../client/calls.ts"
import type { Client, ClientParts } from "../../client/client.ts"
import type { EventToPublish, Receipt } from "../../client/event.ts"
import { PublishFailed } from "../../client/failures.ts"
import { type Settled, settleOptions } from "../../client/options.ts"
import type { Transport } from "../../client/transport.ts"
import { decodePosition } from "../../wire/position.ts"
import type { Program } from "../process.ts"
import type { Ledger, Publication } from "./ledger.ts"
import { watchedTransport } from "./watch.ts"

export interface PublisherPorts {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly makeClient: (parts: ClientParts) => Client
}

/** What all publishers of a world share: they are watched through it. */
export interface Desk {
  readonly ledger: Ledger
  /** No new work. */
  finishing: boolean
  /** Of each publisher, the end of its newest life. */
  readonly ends: Map<string, Promise<void>>
  readonly counts: Record<"noRoom" | "retries" | "duplicates" | "full" | "messages", number>
  broken(invariant: string, found: string): void
}

export const ANSWERED = "every publish of a client that lives to its end is told how it ended"
export const ROOM = "a client holds no more events than its bounds allow"

const TENANTS = ["acme", "globex"]
const TYPES = ["post_liked", "page_viewed"]
const KEYS = ["p1", "p2", "p3", "a.b", "50% off", "ü*ß>", "two words", "k8", "k9", "k10"]
const BURST_MAX = 6
const REST_MS_MAX = 200

export function publisher(name: string, options: Settled, desk: Desk): Program<PublisherPorts> {
  let lives = 0
  return {
    name,
    start(ports) {
      const end = new Publisher(`${name}/${++lives}`, options, desk, ports).work()
      desk.ends.set(name, end)
      return end
    },
  }
}

/** Small bounds, so that they are met. */
export function drawOptions(random: Random): Settled {
  return settleOptions({
    messages: pick(random, ["batched", "batched", "single"] as const),
    encoding: "json",
    lingerMs: below(random, 20),
    batchEventsMax: 1 + below(random, 30),
    inFlightEventsMax: 2 + below(random, 100),
    waitingCallsMax: below(random, 60),
    deliverWithinMs: 1_000 + below(random, 119_000),
    closeWithinMs: 1_000 + below(random, 30_000),
  })
}

class Publisher {
  readonly #name: string
  readonly #options: Settled
  readonly #desk: Desk
  readonly #ports: PublisherPorts
  readonly #client: Client
  #open = 0

  constructor(name: string, options: Settled, desk: Desk, ports: PublisherPorts) {
    this.#name = name
    this.#options = options
    this.#desk = desk
    this.#ports = ports
    const transport = watchedTransport(ports.transport, options, (invariant, found) =>
      desk.broken(invariant, `${name}: ${found}`),
    )
    this.#client = ports.makeClient({ transport, clock: ports.clock, random: ports.random, options })
  }

  async work(): Promise<void> {
    const { clock, random } = this.#ports
    while (!this.#desk.finishing) {
      this.#burst()
      await sleep(clock, random.next() * REST_MS_MAX)
    }
    await this.#end()
  }

  async #end(): Promise<void> {
    if (chance(this.#ports.random, 0.5)) await this.#client.flush()
    await this.#client.close()
    await Promise.resolve()
    if (this.#open > 0) this.#desk.broken(ANSWERED, `${this.#name} was not told of ${this.#open}`)
    const { messages, retries, duplicates, full } = this.#client.stats()
    const { counts } = this.#desk
    counts.messages += messages
    counts.retries += retries
    counts.duplicates += duplicates
    counts.full += full
  }

  #burst(): void {
    const { random } = this.#ports
    const how = pick(random, ["publish", "publish", "tryPublish", "publishAll"] as const)
    const events = Array.from({ length: 1 + below(random, BURST_MAX) }, () => this.#draw())
    if (how === "publishAll") this.#publishAll(events)
    else for (const event of events) this.#publishOne(event, how)
  }

  #draw(): Drawn {
    const { random } = this.#ports
    const asked = {
      client: this.#name,
      tenant: pick(random, TENANTS),
      type: pick(random, TYPES),
      key: pick(random, KEYS),
    }
    const publication = this.#desk.ledger.open(asked)
    const { tenant, type, key, number } = publication
    return { publication, event: { tenant, type, key, data: { key, number, note: "n".repeat(number % 40) } } }
  }

  #publishOne({ publication, event }: Drawn, how: "publish" | "tryPublish"): void {
    const answer = how === "publish" ? this.#client.publish(event) : this.#client.tryPublish(event)
    if (answer === undefined) {
      this.#desk.counts.noRoom++
      this.#desk.ledger.tell(publication, "refused")
      return
    }
    this.#begin(1)
    answer.then(
      (receipt) => this.#told(publication, receipt),
      (error: unknown) => this.#told(publication, error),
    )
  }

  #publishAll(drawn: readonly Drawn[]): void {
    this.#begin(drawn.length)
    const each = (results: readonly unknown[]) =>
      drawn.forEach(({ publication }, at) => {
        this.#told(publication, results[at])
      })
    this.#client.publishAll(drawn.map(({ event }) => event)).then(each, (error: unknown) => {
      each(error instanceof PartlyPublished ? error.results : drawn.map(() => error))
    })
  }

  /** What is accepted and not yet told may be on its way or wait at the door: both are bounded. */
  #begin(events: number): void {
    this.#open += events
    const { inFlightEvents, waitingCalls } = this.#client.stats()
    const { inFlightEventsMax, waitingCallsMax } = this.#options
    if (inFlightEvents <= inFlightEventsMax && waitingCalls <= waitingCallsMax + 1) return
    this.#desk.broken(ROOM, `${this.#name}: ${inFlightEvents} events in flight, ${waitingCalls} calls waiting`)
  }

  #told(publication: Publication, how: unknown): void {
    this.#open--
    const { ledger } = this.#desk
    if (how instanceof PublishFailed) ledger.tell(publication, how.maybeStored ? "unknown" : "refused")
    else if (isReceipt(how)) ledger.tell(publication, "acknowledged", placeIn(how))
    else throw how
  }
}

interface Drawn {
  readonly publication: Publication
  readonly event: EventToPublish
}

function isReceipt(how: unknown): how is Receipt {
  return typeof how === "object" && how !== null && "position" in how
}

function placeIn({ position }: Receipt): Publication["at"] {
  const [first] = decodePosition(position) ?? []
  return first === undefined ? undefined : { lane: first[0], sequence: first[1] }
}
