/**
 * Owns: putting one runner together from its ports: membership, routing, a worker for each shard that is its own.
 * Never: where the ports come from (a role, a simulation, a test).
 */

import type { Clock, Timer } from "../base/clock.ts"
import { explain, Failure } from "../base/errors.ts"
import { LANES, REPEAT_IDS_MAX, REPEAT_WITHIN_MS, SHARDS_TRIM_EVERY_MS, WORK_MS_MAX } from "../base/limits.ts"
import type { Logger } from "../base/log.ts"
import { Turns } from "../base/turns.ts"
import { stages } from "../define/stages.ts"
import { DECODE_LIMITS } from "../streams/decode.outcome.ts"
import type { Log } from "../streams/log.ts"
import { HighWater, type WatchedStream } from "../streams/route/high-water.ts"
import type { LaneState } from "../streams/route/lane-router.ts"
import type { RepeatLimits } from "../streams/route/repeats.ts"
import { Router } from "../streams/route/router.ts"
import { type Routes, routesOf } from "../streams/route/routes.ts"
import { Ticks } from "../streams/route/ticks.ts"
import type { Store } from "../streams/store.ts"
import { castOf, type Part } from "./cast.ts"
import { type Generation, pinGeneration } from "./generation.ts"
import { ShardMachine } from "./machine.ts"
import { type Item, Membership } from "./membership.ts"
import type { StateTerms } from "./recovery.ts"
import { MemoryDeadlines, MemoryInstances } from "./residency.ts"
import { Runner } from "./runner.ts"
import { trimShards } from "./trim.ts"
import { type Committed, type Kept, keptNowhere, Worker } from "./worker.ts"

export interface EngineTerms {
  readonly generation: Generation
  readonly log: Log
  readonly control: Store
  readonly state: Store
  readonly clock: Clock
  readonly logger: Logger
  /** Of this run of this process: no two ever have the same. */
  readonly id: string
  /** What must keep room for the loop. */
  readonly watched: readonly WatchedStream[]
  readonly keepsFacts: (type: string) => boolean
  /** Clock, chance and I/O inside an actor's functions throw. */
  readonly guarded: boolean
  readonly repeats?: RepeatLimits
  /** Where a shard's state stands beside the log. Unless said, nowhere: each takeover computes all of it again. */
  readonly makeKept?: (terms: KeptTerms) => Kept
  /** Where time does not go by while work is done: nobody has to give up a turn. */
  readonly turns?: Turns
  readonly observe: Observe
  /** Something that no retry mends: the process ends. */
  readonly onFailed: (error: unknown) => void
}

/** What an engine knows of a shard's state, for whoever keeps it (recovery.ts). */
export type KeptTerms = Pick<StateTerms, "store" | "clock" | "logger" | "generation" | "shard" | "parts" | "make">

/** What metrics are made of. */
export interface Observe {
  committed(shard: number, committed: Committed): void
  takenOver(shard: number, tookMs: number): void
}

export interface Engine {
  /** Resolves once it has joined. */
  start(): Promise<void>
  /** A planned end: what is held is handed over. */
  leave(): Promise<void>
  readonly held: readonly Item[]
  laneState(lane: number): LaneState | undefined
  /** Up to here the shard's stream was taken; nothing if it is not worked here. */
  shardSeen(shard: number): number | undefined
}

export async function makeEngine(terms: EngineTerms): Promise<Engine> {
  await pinGeneration(terms.control, terms.generation)
  return new OneRunner(terms)
}

class OneRunner implements Engine {
  readonly #terms: EngineTerms
  readonly #turns: Turns
  readonly #ticks: Ticks
  readonly #highWater: HighWater
  readonly #router: Router
  readonly #runner: Runner
  readonly #workers = new Map<number, Worker>()
  readonly #routes: Routes
  readonly #parts: readonly Part[]
  #runs = 0
  #trimming: Timer | undefined

  constructor(terms: EngineTerms) {
    this.#terms = terms
    const { generation, clock, log, logger, control, id, watched } = terms
    const { shards, definitions, number } = generation
    this.#routes = routesOf(definitions)
    this.#parts = castOf(this.#routes).parts
    this.#turns = terms.turns ?? new Turns(clock, WORK_MS_MAX)
    this.#ticks = new Ticks({ ...generation, log, clock, logger, generation: number })
    this.#highWater = new HighWater({ log, clock, logger, streams: watched })
    this.#router = new Router({
      ...terms,
      ...generation,
      generation: number,
      routes: this.#routes,
      limits: DECODE_LIMITS,
      turns: this.#turns,
      repeats: terms.repeats ?? { idsMax: REPEAT_IDS_MAX, withinMs: REPEAT_WITHIN_MS },
      ticks: this.#ticks,
      mayRead: () => this.#highWater.open,
      runName: () => this.#runName(),
      onTakenOver: (lane) => this.#runner.laneTakenOver(lane),
    })
    this.#runner = new Runner({
      ...terms,
      membership: new Membership({
        store: control,
        clock,
        generation: number,
        id,
        counts: { lane: LANES + 1, shard: shards },
      }),
      lanes: this.#router,
      loops: Math.max(0, ...stages(definitions).values()) > 0,
      makeWorker: (shard) => this.#makeWorker(shard),
    })
  }

  async start(): Promise<void> {
    this.#highWater.start()
    if (this.#terms.makeKept !== undefined) this.#trimLater()
    await this.#runner.start()
  }

  async leave(): Promise<void> {
    this.#highWater.close()
    this.#trimming?.cancel()
    await this.#runner.leave()
  }

  get held(): readonly Item[] {
    return this.#runner.held
  }

  laneState(lane: number): LaneState | undefined {
    return this.#router.stateOf(lane)
  }

  shardSeen(shard: number): number | undefined {
    return this.#workers.get(shard)?.seen
  }

  /** One of the runners sees to it: whoever has the first shard. */
  #trimLater(): void {
    this.#trimming = this.#terms.clock.after(SHARDS_TRIM_EVERY_MS, () => {
      void this.#trim().then(() => this.#trimLater(), this.#terms.onFailed)
    })
  }

  async #trim(): Promise<void> {
    const { log, state, logger, generation } = this.#terms
    if (!this.#workers.has(0)) return
    try {
      await trimShards({ log, state, generation: generation.number, shards: generation.shards })
    } catch (error) {
      if (!(error instanceof Failure) || error.verdict !== "retry") throw error
      logger.info("the shards' stream cannot be trimmed now", { reason: explain(error) })
    }
  }

  #makeWorker(shard: number) {
    const { clock, observe } = this.#terms
    const from = clock.monotonicMs()
    const worker = new Worker({
      ...this.#terms,
      turns: this.#turns,
      generation: this.#terms.generation.number,
      shard,
      writer: this.#runName(),
      kept: this.#kept(shard),
      onCommitted: (committed) => {
        this.#ticks.saw(shard, committed.head.deadlines)
        observe.committed(shard, committed)
      },
      onCaughtUp: ({ deadlines }) => {
        this.#ticks.saw(shard, deadlines)
        observe.takenOver(shard, clock.monotonicMs() - from)
      },
    })
    const run = async () => {
      this.#workers.set(shard, worker)
      try {
        return await worker.run()
      } finally {
        this.#ticks.gone(shard)
        this.#workers.delete(shard)
      }
    }
    return { run, stop: () => worker.stop(), abandon: () => worker.abandon() }
  }

  #kept(shard: number): Kept {
    const { makeKept, state, clock, logger, guarded, generation } = this.#terms
    const { number, shards } = generation
    const machine = { generation: number, shard, shards, routes: this.#routes, guarded }
    const make: StateTerms["make"] = (instances, deadlines, core) =>
      new ShardMachine(machine, instances, deadlines, core)
    if (makeKept === undefined) return keptNowhere(() => make(new MemoryInstances(), new MemoryDeadlines(), undefined))
    return makeKept({ store: state, clock, logger, generation: number, shard, parts: this.#parts, make })
  }

  #runName(): string {
    return `${this.#terms.id}-${this.#runs++}`
  }
}
