/**
 * Owns: virtual time, and the only way it goes forward: one happening after the other, each followed until every
 * promise that can go on has gone on. Never: a real timer, or chance that does not come from the seed.
 *
 * T1 the same seed and the same programs give the same steps (the same `trace.hash`).
 * T2 between two steps nothing runs: what a step's promises lead to belongs to that step.
 * T3 what is expected and can no longer come is an error (Stuck), never a silent end.
 */

import { assert } from "../base/assert.ts"
import { type Timer, yieldTurn } from "../base/clock.ts"
import { Failure } from "../base/errors.ts"
import { SIM_STEPS_PER_TURN, SIM_TRACE_LINES_MAX } from "../base/limits.ts"
import { type Random, seededRandom } from "../base/random.ts"
import { Agenda, type Happening } from "./time.ts"
import { Trace } from "./trace.ts"

/** Virtual time goes in 64ths of a millisecond, so that sums of it are exact, and equal times really are. */
export const TIME_STEPS_PER_MS = 64

export function roundTime(ms: number): number {
  return Math.ceil(ms * TIME_STEPS_PER_MS) / TIME_STEPS_PER_MS
}

export type Until =
  | { readonly untilIdle: true }
  /** That many more steps. */
  | { readonly steps: number }
  /** Virtual time since the start; reached even if nothing happens by then. */
  | { readonly untilMs: number }
  /** Until it is so, or no later than that many more steps. */
  | { readonly until: () => boolean; readonly withinSteps: number }

export type Ended = "idle" | "steps" | "time" | "so"

/** Something is awaited, and nothing is left that could bring it. */
export class Stuck extends Failure {
  override readonly name = "Stuck"
  readonly tag = "Stuck"
  readonly verdict = "stop"
}

export class Scheduler {
  readonly random: Random
  readonly trace = new Trace(SIM_TRACE_LINES_MAX)
  readonly #agenda = new Agenda()
  readonly #expected = new Map<number, string>()
  #nowMs = 0
  #steps = 0
  #asked = 0
  #thrown: { readonly error: unknown } | undefined

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs
  }

  get steps(): number {
    return this.#steps
  }

  schedule(delayMs: number, who: string, what: string, run: () => void): Timer {
    assert(delayMs >= 0, `${who}: ${what} cannot happen ${delayMs} ms from now`)
    const atMs = roundTime(this.#nowMs + delayMs)
    const happening: Happening = { atMs, tie: this.random.uint32(), order: this.#asked++, who, what, run }
    this.#agenda.push(happening)
    return {
      cancel() {
        happening.run = undefined
      },
    }
  }

  /** A line in the trace that is no step of its own. */
  note(who: string, what: string): void {
    this.trace.write({ step: this.#steps, atMs: this.#nowMs, who, what })
  }

  /** Work that must come to its end: if it cannot, the run is stuck; if it fails, the run fails. */
  expect(name: string, work: Promise<unknown>): void {
    const id = this.#asked++
    this.#expected.set(id, name)
    work.then(
      () => this.#expected.delete(id),
      (error: unknown) => {
        this.#expected.delete(id)
        this.#thrown ??= { error }
      },
    )
  }

  run(bound: Until): Promise<Ended> {
    const reached = reachedBy(bound, this.#steps)
    const untilMs = "untilMs" in bound ? bound.untilMs : Number.POSITIVE_INFINITY
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (this.#thrown !== undefined) return reject(this.#thrown.error)
          const ended = reached(this.#steps) ?? this.#fireNext(untilMs)
          if (ended !== undefined) return resolve(ended)
        } catch (error) {
          return reject(error)
        }
        if (this.#steps % SIM_STEPS_PER_TURN === 0) yieldTurn().then(quiet, reject)
        else quiet()
      }
      // Node empties the microtasks before it looks at the next tick, if that tick was asked for by a microtask.
      const quiet = () => queueMicrotask(() => process.nextTick(step))
      quiet()
    })
  }

  #fireNext(untilMs: number): Ended | undefined {
    const next = this.#agenda.peek()
    if (untilMs < (next?.atMs ?? Number.POSITIVE_INFINITY)) {
      this.#nowMs = untilMs
      return "time"
    }
    if (next === undefined) {
      if (this.#expected.size > 0) throw this.#stuck()
      return "idle"
    }
    this.#agenda.pop()
    this.#nowMs = next.atMs
    this.#steps++
    this.trace.write({ step: this.#steps, atMs: next.atMs, who: next.who, what: next.what })
    next.run?.()
    return undefined
  }

  #stuck(): Stuck {
    const names = [...this.#expected.values()]
    return new Stuck({
      operation: `simulating, step ${this.#steps}`,
      reason: `nothing is left to happen, but ${names.slice(0, 5).join(", ")} (${names.length} in all) did not end`,
      hint: "a timer was cancelled, or an answer dropped, that something still waits for",
    })
  }
}

function reachedBy(bound: Until, stepsBefore: number): (steps: number) => Ended | undefined {
  if ("steps" in bound) return (steps) => (steps - stepsBefore >= bound.steps ? "steps" : undefined)
  if (!("until" in bound)) return () => undefined
  return (steps) => {
    if (bound.until()) return "so"
    return steps - stepsBefore >= bound.withinSteps ? "steps" : undefined
  }
}
