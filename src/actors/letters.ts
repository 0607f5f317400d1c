/**
 * Owns: dead and late letters of a shard, and which dead ones are outstanding: what a redrive may still apply, once.
 * Never: applying one.
 */

import { OUTSTANDING_LETTER_MS, OUTSTANDING_LETTERS_MAX } from "../base/limits.ts"
import type { Order } from "../define/order.ts"
import { type Place, placeOf } from "../streams/place.ts"
import { packed, type Rejected, type RoutedRecord } from "../streams/section.ts"
import type { Part } from "./cast.ts"
import type { Changes } from "./changes.ts"
import type { Instance } from "./instance.ts"
import type { LetterCore } from "./shard.ts"

export interface Failed {
  readonly detail: string
  readonly stack: string | null
}

/** A closing that failed, in place of an input. */
export interface FailedClosing extends Failed {
  readonly type: string
  readonly id: string
  readonly time: number
  readonly data: unknown
}

export class Letters {
  readonly #changes: Changes
  /** Id → when its message arrived; the oldest first. */
  readonly #outstanding = new Map<string, number>()
  /** The newest arrival in the log so far: letters expire by it. */
  #arrivedAt = Number.NEGATIVE_INFINITY

  constructor(changes: Changes) {
    this.#changes = changes
  }

  arrived(at: number): void {
    if (at > this.#arrivedAt) this.#arrivedAt = at
  }

  late(
    { tenant, actor, key }: Instance,
    { type, index, time }: RoutedRecord,
    { stamp }: { readonly stamp: number },
    order: Readonly<Order>,
    missed: readonly (readonly [string, number])[],
  ): void {
    const place = placeOf(order.sequence, order.segment)
    this.#changes.late({ tenant, actor, key, type, lane: order.lane, place, index, time, stamp, missed })
  }

  /** An input that a step failed on: dead for this instance alone. */
  dead(
    part: Part,
    instance: Instance,
    input: Pick<RoutedRecord, "type" | "inputs">,
    order: Readonly<Order>,
    failed: Failed,
  ): void {
    const { tenant, actor, key } = instance
    const place = placeOf(order.sequence, order.segment)
    const { type } = part.types[input.type]!.event
    this.#leave(order.lane, place, key, {
      index: order.index,
      tenant,
      type,
      id: null,
      time: order.time,
      actor,
      reason: "step-failed",
      ...failed,
      encoding: "inputs",
      bytes: packed(input.inputs),
    })
  }

  closing(lane: number, { tenant, actor, key }: Instance, { type, id, time, data, ...failed }: FailedClosing): void {
    this.#leave(lane, 0, key, {
      index: 0,
      tenant,
      type,
      id,
      time,
      actor,
      reason: "step-failed",
      ...failed,
      encoding: "msgpack",
      bytes: packed(data),
    })
  }

  /** One that a router rejected. */
  rejected(lane: number, place: Place, rejected: Rejected): void {
    this.#leave(lane, place, null, rejected)
  }

  #leave(lane: number, place: Place, key: string | null, rejected: Rejected): void {
    this.#changes.dead({ ...rejected, lane, place, key })
    this.#outstanding.set(letterId(lane, place, rejected.index, rejected.actor, key), this.#arrivedAt)
    this.#forget()
  }

  #forget(): void {
    for (const [id, arrivedAt] of this.#outstanding) {
      const expired = arrivedAt + OUTSTANDING_LETTER_MS < this.#arrivedAt
      if (!expired && this.#outstanding.size <= OUTSTANDING_LETTERS_MAX) return
      this.#outstanding.delete(id)
    }
  }

  encode(): { readonly letters: readonly LetterCore[]; readonly arrivedAt: number } {
    const letters = this.#outstanding.entries().map(([id, arrivedAt]) => ({ id, arrivedAt }))
    return { letters: letters.toArray(), arrivedAt: this.#arrivedAt }
  }

  restore(letters: readonly LetterCore[], arrivedAt: number): void {
    for (const { id, arrivedAt: at } of letters) this.#outstanding.set(id, at)
    this.#arrivedAt = arrivedAt
  }
}

/** What a redrive names: the event by its place, and for whom it failed. */
export function letterId(lane: number, place: Place, index: number, actor: number | null, key: string | null): string {
  return `${lane}.${place}.${index}.${actor ?? "-"}.${key ?? ""}`
}
