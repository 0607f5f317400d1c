/**
 * Owns: the free form: a state, the inputs and timers that change it. Never: in which order they come (passing.ts).
 *
 * F3 a state is frozen, so a function cannot change it but by returning another; what it returns is checked against its
 *    schema and its bound before it counts.
 */

import { FREE_STATE_BYTES_MAX } from "../base/limits.ts"
import { roughBytes } from "../base/rough-bytes.ts"
import type { FreeDefinition } from "../define/definition.ts"
import type { Part } from "./cast.ts"
import type { Changes } from "./changes.ts"
import { bounds, type Hands, type Moment } from "./hand.ts"
import type { Instance, Timer, Waiting } from "./instance.ts"
import type { Letters } from "./letters.ts"
import type { Roll } from "./roll.ts"
import type { Tally } from "./tally.ts"

export class Reducing {
  readonly #changes: Changes
  readonly #tally: Tally
  readonly #letters: Letters
  readonly #roll: Roll
  readonly #hands: Hands

  constructor(changes: Changes, tally: Tally, letters: Letters, roll: Roll, hands: Hands) {
    this.#changes = changes
    this.#tally = tally
    this.#letters = letters
    this.#roll = roll
    this.#hands = hands
  }

  take(part: Part, instance: Instance, input: Waiting): void {
    const { order, at, stamp, inputs } = input
    const free = part.definition.free!
    const type = part.types[input.type]!
    const place = free.unordered ? `${order.lane}.${order.sequence}.${order.segment}.${order.index}` : undefined
    const moment = { at, time: order.time, stamp: (free.unordered ? stamp : at) - part.holdBackMs, place }
    const ran = this.#hands.run(part, instance, moment, undefined, (context) =>
      checked(free, free.reduce(stateOf(free, instance), type.eventOf(inputs) as never, context as never)),
    )
    if (ran.tag === "failed") {
      this.#tally.dead++
      this.#letters.dead(part, instance, input, order, ran)
      return
    }
    if (order.time < stamp) this.#late(instance, input)
    else this.#tally.applied++
    const era = instance.eras[0]!
    era.updatedAt = Math.max(era.updatedAt, input.arrivedAt)
    era.end = Math.max(era.end, at)
    this.#changeTo(part, instance, ran.value)
    const { idleMs } = part.definition.keep
    if (idleMs !== undefined) this.#roll.file(part, instance, era.end + idleMs)
  }

  /** Its letter and its count are in one frame: what is counted is what the ledger must have. */
  #late(instance: Instance, input: Waiting): void {
    const { order, type, inputs } = input
    this.#tally.late++
    this.#letters.late(instance, { type, inputs, index: order.index, time: order.time }, input, order, [])
  }

  fire(part: Part, instance: Instance, timer: Timer, loopLane: number): void {
    const free = part.definition.free!
    instance.timers = instance.timers.filter((each) => each !== timer)
    if (free.onTimer === undefined) return
    const { at, name } = timer
    const moment: Moment = { at, time: at, stamp: at - part.holdBackMs, place: undefined }
    const ran = this.#hands.run(part, instance, moment, undefined, (context) =>
      checked(free, free.onTimer!(stateOf(free, instance), name, context as never)),
    )
    if (ran.tag === "done") {
      this.#changeTo(part, instance, ran.value)
      return
    }
    const type = `${part.definition.name}.timer`
    this.#letters.closing(loopLane, instance, { ...ran, type, id: name, time: at, data: { timer: name, at } })
  }

  #changeTo(part: Part, instance: Instance, state: unknown): void {
    instance.state = state
    this.#changes.mark(part.totalsView, instance, instance.eras[0]!)
    const [timer] = instance.timers
    if (timer !== undefined) this.#roll.file(part, instance, timer.at)
  }
}

export function stateOf({ initial }: FreeDefinition, { state }: Instance): unknown {
  return state === undefined ? frozen(initial) : state
}

function checked({ encode }: FreeDefinition, state: unknown): unknown {
  const bytes = roughBytes(encode(state))
  if (bytes > FREE_STATE_BYTES_MAX) throw bounds("reducing", `the state is larger than ${FREE_STATE_BYTES_MAX} bytes`)
  return frozen(state)
}

/** What is frozen already was frozen whole. */
export function frozen(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  for (const each of Object.values(value)) frozen(each)
  return value
}
