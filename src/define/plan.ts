/**
 * Owns: the way of one event into panes, compiled once per actor and event type: its keys, what the measures take of
 * it (their inputs: checked, hashed, small, what travels to a shard), and adding those to as many panes as it touches.
 * Never: finding panes, or deciding which windows an event is in.
 *
 * N1 `prepare` does all that can fail; `addTo` cannot leave a pane half changed.
 * N2 the inputs are plain values that msgpack carries as they are; null stands for "nothing to add".
 */

import * as Schema from "effect/Schema"
import type { Definition, JoinDefinition } from "./definition.ts"
import type { AnyEvent } from "./event.ts"
import type { Key } from "./key.ts"
import type { Slot } from "./kit.ts"
import { plain } from "./measures/ends.ts"
import type { AnyMeasureType } from "./measures/measure.ts"
import type { Order } from "./order.ts"
import type { Pane } from "./pane.ts"
import type { Predicate, Select, TaggedData } from "./select.ts"

export type Data = Readonly<Record<string, unknown>>
/** What one event brings an actor's instances: an input for each step that takes one, then the fields of each join. */
export type Inputs = readonly unknown[]

export interface TypePlan {
  readonly event: AnyEvent
  /** The instances it reaches; throws UnfitInput (or what the actor's own function throws). */
  readonly keysOf: (data: Data) => readonly Key[]
  readonly prepare: (data: Data) => Inputs
  /** Whether it is measured at all, or only joined. */
  readonly measured: boolean
  readonly addTo: (pane: Pane, inputs: Inputs, order: Order) => void
  /** What adding makes of the states of measures that users wrote, which may throw; nothing changes. By slot. */
  readonly attempt: ((pane: Pane, inputs: Inputs, order: Order) => readonly (readonly [number, unknown])[]) | undefined
  /** The joins it updates, and where in the inputs their fields are. */
  readonly joins: readonly { readonly join: number; readonly at: number }[]
  /** Where in the inputs the window is that came with the event: [start, end, its number]; -1: time tells windows. */
  readonly window: number
  /** Free form: the event as its functions see it, from the inputs. */
  readonly eventOf: (inputs: Inputs) => TaggedData
}

/** In the order of the definition's sources. */
export function plansOf(definition: Definition): readonly TypePlan[] {
  return definition.sources.map((event) => planFor(definition, event))
}

interface Step {
  readonly at: number
  readonly type: AnyMeasureType
  readonly slot: Slot
  /** Where its input is; -1 for a count without conditions, which takes none. */
  readonly input: number
}

function planFor(definition: Definition, event: AnyEvent): TypePlan {
  const { form, joins, on } = definition
  const measured = on.includes(event)
  const joined = joins.flatMap((join, i) => (join.event === event ? [{ definition: join, join: i }] : []))
  const steps = measured ? stepsOf(definition, event) : []
  const wire = freeWire(event)
  const taken = form === "free" ? 1 : steps.filter(({ input }) => input >= 0).length
  const own = form === "free" ? [wire.toInput] : steps.filter(({ input }) => input >= 0).map(readerOf)
  const inherits = measured && definition.windows.some(({ inherited }) => inherited)
  const readers = [...own, ...joined.map((each) => joinReader(each.definition))]
  return Object.freeze({
    event,
    keysOf: keysReader(definition, event, measured, joined[0]?.definition),
    prepare: preparation(inherits ? [...readers, windowReader(definition)] : readers, event, needsTag(steps)),
    measured,
    addTo: adder(steps),
    attempt: attempting(steps.filter(({ type }) => type.custom === true)),
    joins: joined.map(({ join }, i) => ({ join, at: taken + i })),
    window: inherits ? readers.length : -1,
    eventOf: (inputs: Inputs) => tagged(event, wire.fromInput(inputs[0])),
  })
}

/** Whole events travel in their wire form, so that dates and the like arrive as what they were. */
function freeWire({ version, versions }: AnyEvent): { toInput: Reader; fromInput: (input: unknown) => Data } {
  const { codec } = versions.get(version)!
  return {
    toInput: Schema.encodeUnknownSync(codec),
    fromInput: Schema.decodeUnknownSync(codec) as (input: unknown) => Data,
  }
}

/** Of a `closed`: [start, end, which of the inheriting actor's windows]. */
function windowReader({ windows }: Definition): Reader {
  return ({ window }) => {
    const { start, end, name } = window as { readonly start: Date; readonly end: Date; readonly name: string }
    return [start.getTime(), end.getTime(), windows.findIndex((each) => each.name === name)]
  }
}

function stepsOf({ slots }: Definition, { type }: AnyEvent): readonly Step[] {
  let inputs = 0
  return slots.flatMap((slot, at) => {
    if (slot.of !== undefined && !slot.of.includes(type)) return []
    const takesInput = slot.selects.length > 0 || slot.where.length > 0
    return [{ at, type: slot.type, slot, input: takesInput ? inputs++ : -1 }]
  })
}

/** Only functions look at `_tag`; naming fields is the quicker way. */
function needsTag(steps: readonly Step[]): boolean {
  return steps.some(({ slot }) => slot.where.length > 0 || slot.selects.some(({ kind }) => kind === "function"))
}

function keysReader(definition: Definition, event: AnyEvent, measured: boolean, join: JoinDefinition | undefined) {
  const read = (measured || join === undefined ? definition.key.read : join.read) as (data: Data) => readonly Key[]
  return definition.key.plain ? read : (data: Data) => read(tagged(event, data))
}

function tagged({ type }: AnyEvent, data: Data): TaggedData {
  return { ...data, _tag: type }
}

type Reader = (data: Data) => unknown

function preparation(readers: readonly Reader[], event: AnyEvent, tag: boolean): (data: Data) => Inputs {
  const [first, second] = readers
  if (first === undefined) return () => NONE
  if (!tag && second === undefined) return (data) => [first(data)]
  return (data) => {
    const seen = tag ? tagged(event, data) : data
    return readers.map((read) => read(seen))
  }
}

const NONE: Inputs = Object.freeze([])

/** null when a condition does not hold, or there is nothing to read. */
function readerOf({ slot, type }: Step): Reader {
  const { where, selects } = slot
  const read = selection(selects)
  const prepare = (data: Data) => {
    const raw = read(data)
    return raw === undefined || raw === null ? null : type.prepare(raw)
  }
  return where.length === 0 ? prepare : (data) => (holds(where, data) ? prepare(data) : null)
}

function holds(where: readonly Predicate[], data: Data): boolean {
  return where.every((each) => each(data as never))
}

function selection(selects: readonly Select[]): Reader {
  const [first, second] = selects.map(selectReader)
  if (first === undefined) return () => true
  if (second === undefined) return first
  return (data) => {
    const value = first(data)
    const weight = second(data)
    return value == null || weight == null ? null : [value, weight]
  }
}

function selectReader(select: Select): Reader {
  if (select.kind === "function") return select.read as Reader
  const { field } = select
  return (data) => data[field]
}

function joinReader({ fields }: JoinDefinition): Reader {
  return (data) => fields.map((field) => plain("join", data[field] ?? null))
}

function attempting(steps: readonly Step[]): TypePlan["attempt"] {
  if (steps.length === 0) return undefined
  return (pane, inputs, order) =>
    steps
      .filter(({ input }) => inputs[input] !== null)
      .map(({ at, type, input }) => [at, type.add(pane[at] ?? type.empty(), inputs[input], order)])
}

/**
 * One function for all steps of this event type, written out: each call site sees one kind of measure, so the engine
 * below can inline it. (A loop over steps costs three times as much: measures.bench.ts.)
 */
function adder(steps: readonly Step[]): TypePlan["addTo"] {
  const lines = steps.map(({ at, type, input }, i) => {
    if (type.kind === "count" && input < 0) return `pane[${at}]++;`
    const add = (taken: string) =>
      `pane[${at}] = add${i}(pane[${at}] === null ? empty${i}() : pane[${at}], ${taken}, order);`
    return input < 0 ? add("true") : `if (inputs[${input}] !== null) ${add(`inputs[${input}]`)}`
  })
  const names = steps.flatMap((_, i) => [`add${i}`, `empty${i}`])
  const values = steps.flatMap(({ type }) => [type.add, type.empty])
  const make = new Function(...names, `return (pane, inputs, order) => { ${lines.join(" ")} }`)
  return make(...values)
}
