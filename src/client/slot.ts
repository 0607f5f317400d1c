/**
 * Owns: one line of messages of which at most one is unacknowledged: what waits, what is on its way, what is tried again.
 * Never: time or sending; `now` is passed in and what is to be sent is returned.
 *
 * O1 a message leaves only after the one before it was acknowledged or given up, so keys of a slot keep their order.
 * O2 what is sent again is the same object as before.
 * O3 an event is told its end exactly once: stored only on the transport's "stored", else why it failed.
 */

import { assert } from "../base/assert.ts"
import type { Admitted } from "./event.ts"
import { PublishFailed, type Why } from "./failures.ts"
import type { Open, Sealed, Waiter } from "./parcel.ts"
import type { Message, Outcome } from "./transport.ts"

export interface Consignment {
  readonly sealed: Sealed
  readonly waiters: readonly Waiter[]
  readonly indexes: readonly number[]
  readonly bytes: number
  /** When its first event gives up. */
  readonly expiresAt: number
  attempts: number
  notBefore: number
  maybeStored: boolean
  lastReason: string
}

interface Filling {
  readonly open: Open
  readonly waiters: Waiter[]
  readonly indexes: number[]
  readonly expiresAt: number
  readonly dueAt: number
}

/** What a slot needs of its machine. */
export interface Yard {
  open(tenant: string, lane: number): Open
  messageId(): string
  /** How long to wait before attempt number `attempts` + 1. */
  backoffMs(attempts: number): number
  readonly lingerMs: number
  /** One event more, and so many bytes. */
  entered(bytes: number): void
  left(end: "stored" | "failed", events: number, bytes: number): void
}

export class Slot {
  readonly tenant: string
  readonly lane: number
  readonly #yard: Yard
  readonly #line: Consignment[] = []
  #filling: Filling | undefined
  #onItsWay = false

  constructor(tenant: string, lane: number, yard: Yard) {
    this.tenant = tenant
    this.lane = lane
    this.#yard = yard
  }

  get isIdle(): boolean {
    return this.#line.length === 0 && this.#filling === undefined
  }

  /** Whether a message of it is unacknowledged: then nothing here moves before its end is known. */
  get isOnItsWay(): boolean {
    return this.#onItsWay
  }

  /** When something is to be done here without anything else happening. */
  get dueAt(): number {
    if (this.#onItsWay) return Number.POSITIVE_INFINITY
    const head = this.#line[0]
    if (head !== undefined) return Math.min(head.notBefore, head.expiresAt)
    return this.#filling === undefined ? Number.POSITIVE_INFINITY : this.#filling.dueAt
  }

  /** Throws PublishFailed, with nothing changed. */
  add(event: Admitted, waiter: Waiter, index: number, now: number, expiresAt: number): void {
    if (this.#filling === undefined || !this.#tryAdd(this.#filling, event)) {
      const open = this.#yard.open(this.tenant, this.lane)
      assert(open.add(event), "a fresh message takes any event or says why not")
      this.#seal()
      this.#yard.entered(open.bytes)
      this.#filling = { open, waiters: [], indexes: [], expiresAt, dueAt: now + this.#yard.lingerMs }
    }
    this.#filling.waiters.push(waiter)
    this.#filling.indexes.push(index)
    if (this.#filling.open.isFull) this.#seal()
  }

  #tryAdd({ open }: Filling, event: Admitted): boolean {
    const before = open.bytes
    const added = open.add(event)
    if (added) this.#yard.entered(open.bytes - before)
    return added
  }

  /** What has lingered long enough, or must not linger: into the line. */
  sealDue(now: number): void {
    if (this.#filling !== undefined && this.#filling.dueAt <= now) this.#seal()
  }

  sealNow(): void {
    this.#seal()
  }

  #seal(): void {
    const filling = this.#filling
    if (filling === undefined) return
    this.#filling = undefined
    this.#line.push({
      sealed: filling.open.seal(this.#yard.messageId()),
      waiters: filling.waiters,
      indexes: filling.indexes,
      bytes: filling.open.bytes,
      expiresAt: filling.expiresAt,
      attempts: 0,
      notBefore: Number.NEGATIVE_INFINITY,
      maybeStored: false,
      lastReason: "there was no room for it yet",
    })
  }

  /** The next message to send now, if any; it is then on its way. */
  takeNext(now: number): Message | undefined {
    if (this.#onItsWay) return undefined
    if (this.#line.length === 0) this.sealDue(now)
    for (let head = this.#line[0]; head !== undefined; head = this.#line[0]) {
      if (head.expiresAt > now) return head.notBefore <= now ? this.#dispatch(head) : undefined
      this.giveUp("expired", `not acknowledged in time: ${head.lastReason}`)
    }
    return undefined
  }

  #dispatch(head: Consignment): Message {
    this.#onItsWay = true
    head.attempts++
    return head.sealed.message
  }

  /** How the message on its way ended; answers whether it is to be tried again. */
  settled(outcome: Outcome, now: number, positionOf: (lane: number, sequence: number) => string): boolean {
    const head = this.#line[0]
    assert(head !== undefined && this.#onItsWay, "only a message on its way can be settled")
    this.#onItsWay = false
    switch (outcome.tag) {
      case "stored":
        this.#acknowledge(head, positionOf(this.lane, outcome.sequence))
        return false
      case "refused":
        this.giveUp("refused", outcome.reason)
        return false
      case "full":
        this.#again(head, outcome.reason, now)
        return true
      case "unknown":
        head.maybeStored ||= outcome.maybeStored
        this.#again(head, outcome.reason, now)
        return true
    }
  }

  #again(head: Consignment, reason: string, now: number): void {
    head.lastReason = reason
    head.notBefore = now + this.#yard.backoffMs(head.attempts)
  }

  #acknowledge(head: Consignment, position: string): void {
    this.#leave(head, "stored")
    const { ids } = head.sealed
    for (let i = 0; i < ids.length; i++) head.waiters[i]!.stored(head.indexes[i]!, ids[i]!, position)
  }

  /** The first in line fails. A message on its way may arrive still. */
  giveUp(why: Why, reason: string): void {
    const head = this.#line[0]
    if (head === undefined) return
    const maybeStored = head.maybeStored || this.#onItsWay
    this.#leave(head, "failed")
    for (let i = 0; i < head.waiters.length; i++) {
      const id = head.sealed.ids[i]!
      head.waiters[i]!.failed(head.indexes[i]!, failure(why, reason, id, maybeStored))
    }
  }

  /** Everything here fails. */
  giveUpAll(why: Why, reason: string): void {
    this.#seal()
    while (this.#line.length > 0) this.giveUp(why, reason)
  }

  #leave(head: Consignment, end: "stored" | "failed"): void {
    this.#line.shift()
    this.#onItsWay = false
    this.#yard.left(end, head.waiters.length, head.bytes)
  }
}

function failure(why: Why, reason: string, id: string, maybeStored: boolean): PublishFailed {
  const hint = maybeStored ? "it may be in the log all the same; publish it again with the same id" : undefined
  const fields = { operation: "publish an event", reason, why, id, maybeStored }
  return new PublishFailed(hint === undefined ? fields : { ...fields, hint })
}
