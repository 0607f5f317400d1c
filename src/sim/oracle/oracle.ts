/**
 * Owns: what every view, letter and emit of a shard must be at any of its frames, from the log of record, the recorded
 * emits, and the definitions. Never: reading a row of a frame to say what it should be.
 */

import { type Definition, isClosed } from "../../define/definition.ts"
import type { Registry } from "../../define/registry.ts"
import { stateColumns } from "../../define/row.ts"
import { feeders, stages } from "../../define/stages.ts"
import type { FrameHead } from "../../streams/frame.ts"
import { homeShard, shardOf } from "../../streams/route/routes.ts"
import { byInstance, type Delivery, type Failed, Listeners } from "./deliveries.ts"
import { emittedEvents, loopLaneOf, rowName, type StoredFrame } from "./frames.ts"
import { type Closing, closedData, foldDeclared, type OracleLate } from "./instance.ts"
import { INGEST_LANES, type LaneLog, placeAt } from "./log.ts"
import { type OracleEmit, runFree, runOnChange, runOnClose, whenClosed } from "./ordered.ts"

export interface OracleTerms {
  readonly definitions: readonly Definition[]
  readonly registry: Registry
  readonly shards: number
  readonly lanes: ReadonlyMap<number, LaneLog>
  /** By shard. */
  readonly frames: ReadonlyMap<number, readonly StoredFrame[]>
}

export interface ExpectedRow {
  readonly window: readonly [number, number] | null
  readonly closed: boolean
  readonly values: readonly unknown[]
}

export interface ExpectedEmit extends OracleEmit {
  readonly stamp: number
  readonly stage: number
}

export interface Expected {
  readonly rows: ReadonlyMap<string, ExpectedRow>
  readonly late: readonly OracleLate[]
  readonly dead: readonly Delivery[]
  readonly emits: readonly ExpectedEmit[]
  /** Records whose outcome is known: not those that wait. */
  readonly delivered: number
}

type Upto = Pick<FrameHead, "taken">

export class Oracle {
  readonly actors: readonly Definition[]
  /** Where the actor's own functions failed before any instance was reached. */
  readonly failed: readonly Failed[]
  readonly #terms: OracleTerms
  readonly #stageOf: ReadonlyMap<string, number>
  /** By shard, by instance. */
  readonly #instances: readonly ReadonlyMap<string, readonly Delivery[]>[]
  /** By actor: the number of its totals' view; windows follow. */
  readonly #views: readonly number[]

  constructor(terms: OracleTerms) {
    this.#terms = terms
    const listeners = new Listeners(terms.definitions)
    this.actors = listeners.actors
    this.#stageOf = stages(this.actors)
    const logged = [...terms.lanes.values()].flatMap(({ events }) => events)
    const emitted = [...terms.frames].flatMap(([shard, frames]) => emittedEvents(shard, frames, terms.registry))
    const { deliveries, failed } = listeners.deliver([...logged, ...emitted])
    this.failed = failed
    this.#instances = Array.from({ length: terms.shards }, (_, shard) =>
      byInstance(deliveries.filter(({ tenant, key }) => shardOf(tenant, key, terms.shards) === shard)),
    )
    let next = 0
    this.#views = this.actors.map(({ internal, windows }) => {
      if (internal) return -1
      const first = next
      next += 1 + windows.length
      return first
    })
  }

  get stages(): number {
    return Math.max(...this.#stageOf.values()) + 1
  }

  /** By stage: the least of what the lanes say that it listens to. */
  watermarksAt({ taken }: Upto): readonly number[] {
    const upto = new Map(taken)
    const ingest = Math.min(
      ...INGEST_LANES.map((lane) => this.#terms.lanes.get(lane)!.watermarkAt(upto.get(lane) ?? 0)),
    )
    return Array.from({ length: this.stages }, (_, stage) => {
      if (stage === 0) return ingest
      const promises = this.#feedersOf(stage).flatMap((feeder) =>
        Array.from({ length: this.#terms.shards }, (_, shard) => this.#promise(shard, feeder, upto)),
      )
      return Math.min(ingest, ...promises)
    })
  }

  /** At a frame that ends with a message: all that the message brought is done. */
  at(shard: number, head: Upto): Expected {
    const watermarks = this.watermarksAt(head)
    const upto = new Map(head.taken)
    const sum = { rows: new Map<string, ExpectedRow>(), late: [], dead: [], emits: [], delivered: 0 } as Sum
    for (const all of this.#instances[shard]!.values()) {
      const deliveries = all.filter(({ event }) => placeAt(event) < (upto.get(event.lane) ?? 0))
      if (deliveries.length === 0) continue
      const watermark = watermarks[this.#stageOf.get(deliveries[0]!.definition.name)!]!
      if (deliveries[0]!.definition.form === "free") this.#free(deliveries, watermark, sum)
      else this.#declared(deliveries, watermark, sum)
    }
    sum.delivered += this.failed.filter(
      ({ event: { lane, sequence, segment } }) =>
        placeAt({ sequence, segment }) < (upto.get(lane) ?? 0) &&
        homeShard(lane, sequence, this.#terms.shards) === shard,
    ).length
    return sum
  }

  #declared(deliveries: readonly Delivery[], watermark: number, sum: Sum): void {
    const { definition, actor, tenant, key } = deliveries[0]!
    const { rows, closings, late } = foldDeclared(definition, deliveries, watermark)
    const view = this.#views[actor]!
    for (const { window, span, closed, values } of rows) {
      if (view < 0) continue
      const name = rowName(window === null ? view : view + 1 + window, tenant, key, span?.start ?? null)
      sum.rows.set(name, { window: span === null ? null : [span.start, span.end], closed, values })
    }
    sum.late.push(...late)
    sum.delivered += deliveries.length
    this.#closedEmits(deliveries[0]!, closings, sum)
    if (definition.onChange !== undefined) this.#emit(runOnChange(definition, deliveries, watermark).emits, sum)
    if (definition.onClose !== undefined) this.#emit(runOnClose(definition, deliveries[0]!, closings), sum)
  }

  #closedEmits({ definition, actor, tenant, key }: Delivery, closings: readonly Closing[], sum: Sum): void {
    if (!this.actors.some(({ sources }) => sources.some((event) => isClosed(event) && event.closes === definition)))
      return
    for (const closing of closings) {
      const { end } = closing.span
      const emit = definition.closed!(closedData(definition, key, closing) as never)
      const stage = this.#stageOf.get(definition.name)!
      sum.emits.push({ actor, tenant, key, ...whenClosed(definition, end), stamp: end - 1, stage, emit })
    }
  }

  #free(deliveries: readonly Delivery[], watermark: number, sum: Sum): void {
    const { definition, actor, tenant, key } = deliveries[0]!
    const { state, emits, dead, late, taken } = runFree(definition, deliveries, watermark)
    const view = this.#views[actor]!
    if (state !== undefined && view >= 0) {
      const values = stateColumns(definition, state)
      sum.rows.set(rowName(view, tenant, key, null), { window: null, closed: false, values })
    }
    sum.dead.push(...dead)
    sum.late.push(...late.map((delivery) => ({ delivery, missed: [] })))
    sum.delivered += taken
    this.#emit(emits, sum)
  }

  #emit(emits: readonly OracleEmit[], sum: Sum): void {
    for (const emit of emits) {
      const definition = this.actors[emit.actor]!
      const stage = this.#stageOf.get(definition.name)!
      sum.emits.push({ ...emit, stamp: emit.moment - heldBack(definition), stage })
    }
  }

  #feedersOf(stage: number): readonly Definition[] {
    const members = this.actors.filter(({ name }) => this.#stageOf.get(name) === stage)
    return [...new Set(members.flatMap((definition) => feeders(definition, this.actors)))]
  }

  /** What a shard's loop lane promises of one feeder: its stage's watermark in the last frame taken, less what it holds back. */
  #promise(shard: number, feeder: Definition, upto: ReadonlyMap<number, number>): number {
    const last = Math.floor((upto.get(loopLaneOf(shard)) ?? 0) / 256) - 1
    const frame = this.#terms.frames.get(shard)?.[last - 1]?.frame
    const watermark = frame?.head.watermarks[this.#stageOf.get(feeder.name)!] ?? Number.NEGATIVE_INFINITY
    return watermark - heldBack(feeder)
  }
}

interface Sum {
  readonly rows: Map<string, ExpectedRow>
  readonly late: OracleLate[]
  readonly dead: Delivery[]
  readonly emits: ExpectedEmit[]
  delivered: number
}

/** The grace and 1 ms; `onChange` the longest window, too. */
function heldBack({ graceMs, onChange, windows }: Definition): number {
  if (onChange === undefined) return graceMs + 1
  const longest = windows.map(({ window }) => (window.kind === "session" ? 0 : window.sizeMs))
  return graceMs + 1 + Math.max(0, ...longest)
}
