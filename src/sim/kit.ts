/**
 * Owns: testing actors on the real engine in memory: `given(events).at(time).expect(actor, key, row)`, for node:test and
 * vitest alike. Never: servers, waiting, or a second idea of what a window is.
 *
 *   given([PostLiked({ postId: "p", userId: "u", region: "eu" })])
 *     .at("2026-01-01T00:02:00Z")
 *     .expect(postEngagement, "p", { likes: 1, score: 1 })
 *     .expectWindow(postEngagement, "1m", "2026-01-01T00:00:00Z", "p", { likes: 1 }, { closed: true })
 */

import { AssertionError, deepStrictEqual } from "node:assert"
import { SIM_EPOCH_MS } from "../base/limits.ts"
import type { AnyActor, FreeActor } from "../define/actor.ts"
import { type Definition, isClosed } from "../define/definition.ts"
import type { Emit } from "../define/event.ts"
import { entityId } from "../define/key.ts"
import { laneOf } from "../wire/lane.ts"
import { Pipeline } from "./engine/pipeline.ts"
import type { Shown } from "./engine/views.ts"

export type Time = Date | string | number

/** An event as its definition makes it; or with its time, and whose it is. Without a time, a millisecond after the last. */
export type GivenEvent = Emit<string> | { readonly event: Emit<string>; readonly time: Time; readonly tenant?: string }

export interface GivenOptions {
  /** Actors that those asked about listen to by what they emit; whose `closed` they listen to is known. */
  readonly actors?: readonly AnyActor[]
  readonly tenant?: string
}

export interface Emitted {
  readonly type: string
  readonly time: Date
  readonly data: unknown
}

interface Timed {
  readonly event: Emit<string>
  readonly time: number
  readonly tenant: string
}

const OUT_OF_ORDER_MS = 2_000
const TENANT = "default"

/** Events in the order of their arrival. Each arrives at its time, or when the one before it did if that was later. */
export function given(events: readonly GivenEvent[], options: GivenOptions = {}): Scenario {
  return new Scenario(events, options, undefined)
}

export class Scenario {
  readonly #events: readonly GivenEvent[]
  readonly #options: GivenOptions
  readonly #at: number | undefined
  readonly #pipelines = new Map<Definition, Pipeline>()

  constructor(events: readonly GivenEvent[], options: GivenOptions, at: number | undefined) {
    this.#events = events
    this.#options = options
    this.#at = at
  }

  /** The same once the watermark of the log has reached the time: windows that end a grace before it are closed. */
  at(time: Time): Scenario {
    return new Scenario(this.#events, this.#options, msOf(time))
  }

  /** The totals of the key; fields that are left out may be anything. */
  expect<K, R>(actor: FreeActor<string, K, R>, key: string | K, row: Partial<R>): this {
    const name = `${actor.name}_totals`
    const found = this.rows(actor, name).find((each) => each.key === idOf(actor, key) && each.tenant === this.#tenant)
    compare(`${name} of ${idOf(actor, key)}`, found, row, {})
    return this
  }

  /** No row at all: never an event, or forgotten. */
  expectNone<K, R>(actor: FreeActor<string, K, R>, key: string | K): this {
    const found = this.rows(actor, `${actor.name}_totals`).find((each) => each.key === idOf(actor, key))
    deepStrictEqual(found, undefined, `${actor.name} has a row for ${idOf(actor, key)}`)
    return this
  }

  /** `window`: as in table names, `1m`, `1h_by_5m`, `session_15m`; `start`: its first moment. */
  expectWindow<K, R>(
    actor: FreeActor<string, K, R>,
    window: string,
    start: Time,
    key: string | K,
    row: Partial<R>,
    of: { readonly closed?: boolean } = {},
  ): this {
    const name = `${actor.name}_${window}`
    const own = this.rows(actor, name).filter((each) => each.key === idOf(actor, key) && each.tenant === this.#tenant)
    const found = own.find((each) => each.window?.[0] === msOf(start))
    const starts = own.map((each) => new Date(each.window![0]).toISOString()).join(", ")
    const what = `${name} of ${idOf(actor, key)} from ${new Date(msOf(start)).toISOString()}`
    compare(found === undefined && starts !== "" ? `${what} (there are ${starts})` : what, found, row, of)
    return this
  }

  /** All that the actor, and those it listens to, emitted (closed windows that somebody listens to among it). */
  emitted(actor: AnyActor): readonly Emitted[] {
    const emits = this.#run(actor.definition).frames.flatMap((frame) => frame.emits)
    return emits.map(({ type, time, data }) => ({ type, time: new Date(time), data }))
  }

  /** What failed, in words. */
  failures(actor: AnyActor): readonly string[] {
    return this.#run(actor.definition).frames.flatMap(({ dead }) =>
      dead.map(({ type, detail }) => `${type}: ${detail}`),
    )
  }

  /** Events that were late, each with the windows it missed. */
  late(actor: AnyActor): readonly { readonly time: Date; readonly missed: readonly string[] }[] {
    const letters = this.#run(actor.definition).frames.flatMap((frame) => frame.late)
    return letters.map(({ time, missed }) => ({ time: new Date(time), missed: missed.map(([name]) => name) }))
  }

  /** Everything in one view: `<actor>_totals`, `<actor>_<window>`. */
  rows({ definition }: AnyActor, view: string): readonly Shown[] {
    return this.#run(definition).views.rows(view)
  }

  get #tenant(): string {
    return this.#options.tenant ?? TENANT
  }

  #run(definition: Definition): Pipeline {
    const known = this.#pipelines.get(definition)
    if (known !== undefined) return known
    const others = (this.#options.actors ?? []).map((each) => each.definition)
    const definitions = [...withFeeders([definition, ...others])]
    const events = timed(this.#events, this.#tenant)
    const pipeline = new Pipeline({ definitions, outOfOrderMs: OUT_OF_ORDER_MS })
    let arrivedAt = Number.NEGATIVE_INFINITY
    for (const { event, time, tenant } of events) {
      arrivedAt = Math.max(arrivedAt, time)
      const { type, version, data, key } = event
      if (!heard(definitions, type)) continue
      pipeline.publish(laneOf(tenant, key), arrivedAt, [{ tenant, type, version, id: null, time, data }])
    }
    if (this.#at !== undefined) pipeline.tick(Math.max(arrivedAt, this.#at + OUT_OF_ORDER_MS))
    pipeline.run()
    this.#pipelines.set(definition, pipeline)
    return pipeline
  }
}

/** An event nobody listens to moves nothing. */
function heard(definitions: readonly Definition[], type: string): boolean {
  return definitions.some(({ sources }) => sources.some((source) => source.type === type))
}

function timed(events: readonly GivenEvent[], tenant: string): readonly Timed[] {
  let last = SIM_EPOCH_MS - 1
  return events.map((each) => {
    const event = "event" in each ? each.event : each
    const time = "event" in each ? msOf(each.time) : last + 1
    last = time
    return { event, time, tenant: "event" in each ? (each.tenant ?? tenant) : tenant }
  })
}

/** Those whose closed windows they listen to come along. */
function withFeeders(definitions: readonly Definition[]): Set<Definition> {
  const all = new Set<Definition>()
  const add = (definition: Definition) => {
    if (all.has(definition)) return
    all.add(definition)
    for (const event of definition.sources) if (isClosed(event)) add(event.closes)
  }
  definitions.forEach(add)
  return all
}

function idOf({ definition }: AnyActor, key: unknown): string {
  if (typeof key === "string") return key
  const record = Object(key) as Readonly<Record<string, string>>
  return entityId(definition.key.names.map((name) => record[name]!))
}

function msOf(time: Time): number {
  const ms = typeof time === "number" ? time : new Date(time).getTime()
  if (Number.isNaN(ms)) throw new TypeError(`${JSON.stringify(time)} is no time: write "2026-01-01T00:00:00Z"`)
  return ms
}

function compare(what: string, found: Shown | undefined, row: object, of: { readonly closed?: boolean }): void {
  if (found === undefined) throw new AssertionError({ message: `${what}: there is no row`, expected: row })
  const fields = { ...found.fields, ...(of.closed === undefined ? {} : { closed: found.closed }) }
  const expected = { ...inWireForm(row), ...of }
  const picked = Object.fromEntries(Object.keys(expected).map((name) => [name, comparable(Reflect.get(fields, name))]))
  deepStrictEqual(picked, expected, undefined)
}

/** Rows hold dates and decimals as text. */
function inWireForm(row: object): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, comparable(value)]))
}

function comparable(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
}
