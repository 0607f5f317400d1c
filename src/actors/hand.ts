/**
 * Owns: running the functions that actors bring (`reduce`, `onTimer`, `onChange`, `onClose`): what they are handed, the
 * bounds they keep to, and that one which throws leaves nothing behind. Never: when they run.
 *
 * F1 what a function asked for (emits, timers, names of `once`) happens when it has returned, or not at all.
 * F2 emits have the same ids on every replay: they are made of the actor, the instance, the moment in event time and a
 *    number within it, or of the window and the name of `once`.
 */

import { hash } from "node:crypto"
import { explain, Failure, stackAbove } from "../base/errors.ts"
import {
  EMIT_BYTES_PER_STEP_MAX,
  EMITS_PER_STEP_MAX,
  ONCE_NAMES_PER_WINDOW_MAX,
  TIMER_NAME_CHARS_MAX,
  TIMERS_PER_INSTANCE_MAX,
} from "../base/limits.ts"
import { roughBytes } from "../base/rough-bytes.ts"
import type { Context, FreeContext, WindowContext } from "../define/actor.ts"
import { parseDuration } from "../define/duration.ts"
import type { Emit } from "../define/event.ts"
import { type KeyRecord, keyParts, keyRecord } from "../define/key.ts"
import type { Part } from "./cast.ts"
import type { Changes } from "./changes.ts"
import { forbidding } from "./forbidden.ts"
import type { Instance, Timer } from "./instance.ts"
import type { Tally } from "./tally.ts"

/** When a function runs, all of it in event time. */
export interface Moment {
  /** Its place in the order of what happens to an instance: what it is told the watermark is. */
  readonly at: number
  /** Of what it emits. */
  readonly time: number
  readonly stamp: number
  /** What ids of emits are made of where `at` does not tell moments apart (`unordered`). */
  readonly place: string | undefined
}

export interface WindowHand {
  /** In ids: which of the actor's windows. */
  readonly name: string
  readonly start: number
  readonly end: number
  readonly said: readonly string[]
}

export class StepBounds extends Failure {
  override readonly name = "StepBounds"
  readonly tag = "StepBounds"
  readonly verdict = "refuse"
}

export type Ran<T> =
  | { readonly tag: "done"; readonly value: T; readonly said: readonly string[] }
  | { readonly tag: "failed"; readonly detail: string; readonly stack: string | null }

type AnyContext = FreeContext<KeyRecord, string> & WindowContext<KeyRecord, string>
type Call<T> = (context: AnyContext) => T

interface Asked {
  readonly emits: { readonly event: Emit<string>; readonly once: string | undefined }[]
  readonly timers: Map<string, number | undefined>
  said: readonly string[]
  bytes: number
}

export class Hands {
  readonly #changes: Changes
  readonly #tally: Tally
  readonly #guarded: boolean

  constructor(changes: Changes, tally: Tally, guarded: boolean) {
    this.#changes = changes
    this.#tally = tally
    this.#guarded = guarded
  }

  run<T>(part: Part, instance: Instance, moment: Moment, window: WindowHand | undefined, call: Call<T>): Ran<T> {
    const asked: Asked = { emits: [], timers: new Map(), said: window?.said ?? [], bytes: 0 }
    try {
      const context = contextFor(part, instance, moment, window, asked)
      const value = this.#guarded ? forbidding(() => call(context)) : call(context)
      // Still able to fail: all of it comes before anything changes.
      const timers = timersAfter(instance.timers, asked.timers)
      instance.timers = timers
      for (const { event, once } of asked.emits) this.#emit(part, instance, moment, window, event, once)
      return { tag: "done", value, said: asked.said }
    } catch (error) {
      return { tag: "failed", detail: explain(error), stack: stackAbove(error, Hands.name) }
    }
  }

  #emit(
    part: Part,
    instance: Instance,
    moment: Moment,
    window: WindowHand | undefined,
    { type, version, data }: Emit<string>,
    once: string | undefined,
  ): void {
    const { tenant, key } = instance
    const from = `${part.definition.name}\0${tenant}\0${key}\0`
    const which =
      once === undefined ? `${moment.place ?? moment.at}\0${nextNumber(instance, moment.at)}` : onceIn(window, once)
    const { time, stamp } = moment
    const id = emitId(from + which)
    this.#changes.emit({ tenant, type, version, id, time, stamp, stage: part.stage, data }, roughBytes(data))
    this.#tally.emitted++
  }
}

/** Short, and spread: ids of emits are compared with ids of everything else. */
export function emitId(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 27)
}

function onceIn(window: WindowHand | undefined, name: string): string {
  return `${window?.name}\0${window?.start}\0once\0${name}`
}

function nextNumber(instance: Instance, at: number): number {
  if (instance.emittedAt !== at) {
    instance.emittedAt = at
    instance.emitted = 0
  }
  return instance.emitted++
}

function contextFor(
  { definition }: Part,
  { tenant, key }: Instance,
  moment: Moment,
  window: WindowHand | undefined,
  asked: Asked,
): AnyContext {
  const { names } = definition.key
  const emit = (event: Emit<string>, once: string | undefined) => {
    if (!definition.emits.some(({ type }) => type === event?.type)) {
      throw bounds("emitting", `${String(event?.type)} is not among what ${definition.name} says it emits`)
    }
    asked.bytes += roughBytes(event.data)
    if (asked.emits.length >= EMITS_PER_STEP_MAX) throw bounds("emitting", `more than ${EMITS_PER_STEP_MAX} events`)
    if (asked.bytes > EMIT_BYTES_PER_STEP_MAX) throw bounds("emitting", `more than ${EMIT_BYTES_PER_STEP_MAX} bytes`)
    asked.emits.push({ event, once })
  }
  const base: Context<KeyRecord, string> = {
    key: keyRecord(names, keyParts(key, names)),
    tenant,
    watermark: dateOf(moment.at),
    emit: (event) => emit(event, undefined),
  }
  return {
    ...base,
    window: { start: dateOf(window?.start ?? moment.at), end: dateOf(window?.end ?? moment.at) },
    once: (name, event) => {
      if (asked.said.includes(name)) return
      if (asked.said.length >= ONCE_NAMES_PER_WINDOW_MAX) throw bounds("emitting once", "too many names in one window")
      emit(event, name)
      asked.said = [...asked.said, name]
    },
    time: dateOf(moment.time),
    timer: (name, at) => {
      asked.timers.set(checkedName(name), timerTime(at, moment))
    },
    cancel: (name) => {
      asked.timers.set(checkedName(name), undefined)
    },
  }
}

/** The farthest that dates reach, in either direction: windows of all time have such borders. */
const DATE_MS_MAX = 8.64e15

function dateOf(ms: number): Date {
  return new Date(Math.min(Math.max(ms, -DATE_MS_MAX), DATE_MS_MAX))
}

function checkedName(name: unknown): string {
  if (typeof name === "string" && name !== "" && name.length <= TIMER_NAME_CHARS_MAX) return name
  throw bounds("setting a timer", `its name is not a text of 1 to ${TIMER_NAME_CHARS_MAX} characters`)
}

/** Never at or before the moment that sets it, or an instance could keep itself busy for ever. */
function timerTime(at: Date | { readonly after: string }, { at: now, time }: Moment): number {
  const ms = at instanceof Date ? at.getTime() : time + (parseDuration(at.after) ?? Number.NaN)
  if (!Number.isFinite(ms)) throw bounds("setting a timer", "its time is no time")
  return Math.max(ms, now + 1)
}

function timersAfter(timers: readonly Timer[], asked: ReadonlyMap<string, number | undefined>): Timer[] {
  if (asked.size === 0) return timers as Timer[]
  const set = asked.entries().flatMap(([name, at]) => (at === undefined ? [] : [{ name, at }]))
  const after = [...timers.filter(({ name }) => !asked.has(name)), ...set]
  if (after.length > TIMERS_PER_INSTANCE_MAX) throw bounds("setting a timer", `more than ${TIMERS_PER_INSTANCE_MAX}`)
  return after.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
}

export function bounds(operation: string, reason: string): StepBounds {
  return new StepBounds({ operation, reason })
}
