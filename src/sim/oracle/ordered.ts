/**
 * Owns: what depends on order: the free form, and `onChange`. Inputs are taken in the order of their moments, once the
 * watermark is beyond them. Never: order of arrival.
 *
 * An input's moment is its event time; one that its own lane's watermark had passed already comes at that stamp, since
 * what was before it may have been taken by then.
 */

import type { Definition, Row } from "../../define/definition.ts"
import { parseDuration } from "../../define/duration.ts"
import type { Emit } from "../../define/event.ts"
import { keyParts, keyRecord } from "../../define/key.ts"
import { emptyPane } from "../../define/pane.ts"
import { rowOf } from "../../define/row.ts"
import type { Delivery } from "./deliveries.ts"
import { type Closing, comesAfter, isLateFor, windowsOf } from "./instance.ts"

/** When a step happens, in event time. */
interface When {
  readonly moment: number
  /** The watermark that lets it happen: an input's own moment must be behind it. */
  readonly due: number
  /** Of what it says. */
  readonly time: number
}

export interface OracleEmit extends When {
  readonly actor: number
  readonly tenant: string
  /** Of the instance that said it. */
  readonly key: string
  readonly emit: Emit<string>
}

export interface Run {
  readonly emits: readonly OracleEmit[]
  readonly dead: readonly Delivery[]
  /** What its own lane's watermark had passed comes out of its place: that much is late, though no window is missed. */
  readonly late: readonly Delivery[]
  /** Inputs that were taken; the others still wait. */
  readonly taken: number
  /** Of a free form that took anything, or tried. */
  readonly state: Row | undefined
}

interface Hand {
  readonly emits: Emit<string>[]
  readonly once: [string, Emit<string>][]
  readonly timers: [string, number | undefined][]
}

export function momentOf({ event }: Delivery): number {
  return Math.max(event.time, event.stamp)
}

function due(deliveries: readonly Delivery[], watermark: number): readonly Delivery[] {
  return deliveries
    .filter((delivery) => delivery.plan.measured && momentOf(delivery) < watermark)
    .sort((a, b) => momentOf(a) - momentOf(b) || (comesAfter(a.event, b.event) ? 1 : -1))
}

export function runFree(definition: Definition, deliveries: readonly Delivery[], watermark: number): Run {
  const free = definition.free!
  const emits: OracleEmit[] = []
  const dead: Delivery[] = []
  const late: Delivery[] = []
  const timers = new Map<string, number>()
  const inputs = [...due(deliveries, watermark)]
  let state = free.initial
  let changed = false
  let taken = 0
  const step = (when: When, call: (context: never) => unknown): boolean => {
    const hand: Hand = { emits: [], once: [], timers: [] }
    try {
      const next = call(freeContext(deliveries[0]!, when, hand) as never)
      state = free.decode(free.encode(next))
    } catch {
      return false
    }
    for (const emit of hand.emits) emits.push(made(deliveries[0]!, when, emit))
    for (const [name, set] of hand.timers) {
      if (set === undefined) timers.delete(name)
      else timers.set(name, Math.max(set, when.moment + 1))
    }
    changed = true
    return true
  }
  for (;;) {
    const timer = [...timers].sort(([a, aAt], [b, bAt]) => aAt - bAt || (a < b ? -1 : 1))[0]
    const input = inputs[0]
    if (timer !== undefined && timer[1] <= watermark && (input === undefined || timer[1] <= momentOf(input))) {
      timers.delete(timer[0])
      step(at(timer[1]), (context) => free.onTimer?.(state, timer[0], context) ?? state)
    } else if (input !== undefined) {
      inputs.shift()
      taken++
      const event = input.plan.eventOf(input.inputs)
      const call = (context: never) => free.reduce(state, event as never, context)
      if (!step(whenTaken(input), call)) dead.push(input)
      else if (input.event.time < input.event.stamp) late.push(input)
    } else break
  }
  return { emits, dead, late, taken, state: changed ? (state as Row) : undefined }
}

function freeContext({ definition, tenant, key }: Delivery, { moment, time }: When, hand: Hand) {
  return {
    key: keyOf(definition, key),
    tenant,
    watermark: new Date(moment),
    time: new Date(time),
    emit: (emit: Emit<string>) => void hand.emits.push(emit),
    timer: (name: string, at: Date | { readonly after: string }) =>
      void hand.timers.push([name, at instanceof Date ? at.getTime() : time + parseDuration(at.after)!]),
    cancel: (name: string) => void hand.timers.push([name, undefined]),
  }
}

/** Windows as they change, in order; a late input changes none. */
export function runOnChange(definition: Definition, deliveries: readonly Delivery[], watermark: number): Run {
  const emits: OracleEmit[] = []
  const panes = new Map<string, unknown[]>()
  const said = new Set<string>()
  const inputs = due(deliveries, watermark)
  const whole = { window: 0, span: { start: 0, end: Number.POSITIVE_INFINITY } }
  for (const input of inputs) {
    const touched = definition.windows.length === 0 ? [{ ...whole, delivery: input }] : windowsOf(input)
    for (const each of touched) {
      if (definition.windows.length > 0 && isLateFor(definition, each)) continue
      const name = `${each.window} ${each.span.start}`
      const pane = panes.get(name) ?? emptyPane(definition)
      panes.set(name, pane)
      input.plan.addTo(pane, input.inputs, input.event)
      const row = rowOf(definition, pane, [])
      emits.push(...windowStep(definition.onChange!, row, input, each, whenTaken(input), said))
    }
  }
  return { emits, dead: [], late: [], taken: inputs.length, state: undefined }
}

/** `onClose`: each window once. */
export function runOnClose(definition: Definition, of: Delivery, closings: readonly Closing[]): readonly OracleEmit[] {
  return closings.flatMap(({ window, span, row }) =>
    windowStep(definition.onClose!, row, of, { window, span }, whenClosed(definition, span.end), new Set()),
  )
}

function windowStep(
  call: NonNullable<Definition["onChange"]>,
  row: Row,
  delivery: Delivery,
  { window, span }: { readonly window: number; readonly span: { readonly start: number; readonly end: number } },
  when: When,
  said: Set<string>,
): readonly OracleEmit[] {
  const hand: Hand = { emits: [], once: [], timers: [] }
  const context = {
    key: keyOf(delivery.definition, delivery.key),
    tenant: delivery.tenant,
    watermark: new Date(when.moment),
    window: { start: new Date(span.start), end: new Date(span.end) },
    emit: (emit: Emit<string>) => void hand.emits.push(emit),
    once: (name: string, emit: Emit<string>) => void hand.once.push([name, emit]),
  }
  call(row as never, context as never)
  const emits = [...hand.emits]
  for (const [name, emit] of hand.once) {
    const whole = `${window} ${span.start} ${name}`
    if (!said.has(whole)) emits.push(emit)
    said.add(whole)
  }
  return emits.map((emit) => made(delivery, when, emit))
}

function made({ actor, tenant, key }: Delivery, when: When, emit: Emit<string>): OracleEmit {
  return { actor, tenant, key, ...when, emit }
}

const at = (moment: number): When => ({ moment, due: moment, time: moment })

function whenTaken(input: Delivery): When {
  const moment = momentOf(input)
  return { moment, due: moment + 1, time: input.event.time }
}

/** Said by `closed`, too. */
export function whenClosed({ graceMs }: Definition, end: number): When {
  return { moment: end + graceMs, due: end + graceMs, time: end - 1 }
}

function keyOf({ key }: Definition, id: string) {
  return keyRecord(key.names, keyParts(id, key.names))
}
