/**
 * Owns: comparing what publishers were told with what the log holds.
 * Never: asking publishers or routers; it reads the log with places.ts alone.
 *
 * A stream forgets message ids after its duplicate window, and then may store a retried message again: such a copy has
 * the same event id, and the router drops it (PROTOCOL.md, Repeats). Within the window there may be none.
 */

import { DUPLICATE_WINDOW_MS } from "../../base/limits.ts"
import type { Stored } from "../../streams/log.ts"
import type { Violation } from "../scenario.ts"
import type { Ledger, Publication } from "./ledger.ts"
import { eventsOf, type Found, laneByHand, type Place } from "./places.ts"

export const PROMISES = {
  once: "an acknowledged event is stored once, copies that the router drops left out",
  never: "an event reported as certainly not stored is not stored",
  atMostOnce: "an event is stored at most once, copies that the router drops left out, whatever was told",
  order: "acknowledged events of one client and key are stored in the order they were published",
  lane: "an event is stored in the lane of its tenant and key",
  position: "an acknowledgement names a place where the event is",
  known: "the log holds nothing that nobody published",
} as const

/** Within which the router drops a repeated id: CONTRACT.md. */
const REPEATS_DROPPED_MS = 600_000

interface Told {
  readonly publication: Publication
  readonly place: Place
}

export function recount(ledger: Ledger, messages: Iterable<Stored>): readonly Violation[] {
  const judge = new Judge(ledger)
  for (const message of messages) judge.read(message)
  for (const publication of ledger.publications) judge.compare(publication)
  return judge.violations
}

class Judge {
  readonly violations: Violation[] = []
  readonly #ledger: Ledger
  readonly #places = new Map<number, Place[]>()
  /** By client, tenant and key, the acknowledged event that was published last. */
  readonly #newest = new Map<string, Told>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  read(message: Stored): void {
    const events = eventsOf(message)
    if (typeof events !== "string") for (const event of events) this.#place(event)
    else this.#broken(PROMISES.known, `sequence ${message.sequence}, ${message.subject}: ${events}`)
  }

  compare(publication: Publication): void {
    const all = this.#places.get(publication.number) ?? []
    const places = all.filter((place, at) => at === 0 || !isDroppedRepeat(place, all[at - 1]!))
    const where = () => `${describe(publication)} is ${all.map(placeText).join(" and ") || "nowhere"}`
    const { told, tenant, key } = publication
    const message = all[0]?.message
    if (told === "acknowledged" && places.length !== 1) this.#broken(PROMISES.once, where(), message)
    else if (told === "refused" && places.length > 0) this.#broken(PROMISES.never, where(), message)
    else if (places.length > 1) this.#broken(PROMISES.atMostOnce, where(), message)
    if (all.length === 0) return
    const lane = laneByHand(tenant, key)
    if (all.some((place) => place.lane !== lane))
      this.#broken(PROMISES.lane, `${where()}, its lane is ${lane}`, message)
    if (told !== "acknowledged") return
    this.#comparePosition(publication, all, where)
    this.#compareOrder(publication, all[0]!, where)
  }

  #comparePosition({ at }: Publication, places: readonly Place[], where: () => string): void {
    if (at === undefined || places.some(({ lane, sequence }) => lane === at.lane && sequence === at.sequence)) return
    const said = `${where()}, and was said to be at sequence ${at.sequence} of lane ${at.lane}`
    this.#broken(PROMISES.position, said, places[0]?.message)
  }

  #compareOrder(publication: Publication, place: Place, where: () => string): void {
    const { client, tenant, key } = publication
    const line = `${client}\n${tenant}\n${key}`
    const before = this.#newest.get(line)
    this.#newest.set(line, { publication, place })
    if (before === undefined || isAfter(place, before.place)) return
    const other = `${describe(before.publication)}, published before it, is ${placeText(before.place)}`
    this.#broken(PROMISES.order, `${where()}, but ${other}`, place.message)
  }

  #place(event: Found): void {
    const asked = this.#ledger.get(event.number)
    if (asked === undefined || asked.tenant !== event.tenant || asked.type !== event.type) {
      this.#broken(PROMISES.known, `${event.type} ${event.number} of ${event.tenant} at sequence ${event.sequence}`)
      return
    }
    const before = this.#places.get(event.number)
    if (before === undefined) this.#places.set(event.number, [event])
    else before.push(event)
  }

  #broken(invariant: string, found: string, about?: string): void {
    this.violations.push(about === undefined ? { invariant, found } : { invariant, found, about })
  }
}

function isDroppedRepeat(place: Place, before: Place): boolean {
  const apartMs = place.arrivedAt - before.arrivedAt
  return place.id === before.id && apartMs >= DUPLICATE_WINDOW_MS && apartMs <= REPEATS_DROPPED_MS
}

function isAfter(a: Place, b: Place): boolean {
  return a.sequence > b.sequence || (a.sequence === b.sequence && a.index > b.index)
}

function describe({ number, client, tenant, type, key, told }: Publication): string {
  return `event ${number} (${type} of ${tenant}/${JSON.stringify(key)} by ${client}, told: ${told})`
}

function placeText({ sequence, index, lane, id }: Place): string {
  return `at sequence ${sequence}.${index} in lane ${lane} as ${id}`
}
