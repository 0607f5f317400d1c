/**
 * Owns: what has been taken of each lane, the watermarks that follow from it, and coverage. Never: closing by them.
 *
 * A1' a section is taken only if it begins at or before what was taken of its lane: no gap, and nothing twice.
 * A2' a stage's watermark is the least over the lanes it listens to: all lanes of INGEST and, from stage 1 on, what the
 *     loop lane of every shard promises (cast.ts). The stray lane is outside.
 */

import { LANES } from "../base/limits.ts"
import { isLoopLane, loopLane } from "../streams/lanes.ts"
import { type Place, START } from "../streams/place.ts"
import type { Section } from "../streams/section.ts"
import { type Cast, promised } from "./cast.ts"
import type { LaneCore } from "./shard.ts"

type Coverage = readonly (readonly [number, Place])[]

interface LaneProgress {
  taken: Place
  watermarks: readonly number[]
  /** Of a loop lane: what its shard's frames cover, by stage. */
  coverage: readonly Coverage[]
}

export class Progress {
  readonly #cast: Cast
  readonly #shards: number
  readonly #lanes = new Map<number, LaneProgress>()
  #watermarks: readonly number[]

  constructor(cast: Cast, shards: number) {
    this.#cast = cast
    this.#shards = shards
    this.#watermarks = this.#compute()
  }

  takenOf(lane: number): Place {
    return this.#lanes.get(lane)?.taken ?? START
  }

  /** A segment of it is done. */
  took(lane: number, place: Place): void {
    this.#lane(lane).taken = place + 1
  }

  /** Whether taking it would change anything. */
  hasNew({ lane, upto, watermarks }: Section): boolean {
    const known = this.#lanes.get(lane)
    if (known === undefined || upto > known.taken) return true
    return watermarks.some((each, stage) => each > (known.watermarks[stage] ?? Number.NEGATIVE_INFINITY))
  }

  /** After its segments. Whether what the shard covers has moved: places of loop lanes alone are no news. */
  take({ lane, upto, watermarks, coverage = [] }: Section): boolean {
    const progress = this.#lane(lane)
    const moved = upto > progress.taken
    progress.taken = Math.max(progress.taken, upto)
    const known = progress.watermarks
    if (watermarks.some((each, stage) => each > (known[stage] ?? Number.NEGATIVE_INFINITY))) {
      progress.watermarks = watermarks.map((each, stage) => Math.max(each, known[stage] ?? each))
      this.#watermarks = this.#compute()
    }
    if (!isLoopLane(lane)) return moved
    if (!moved || coverage.length === 0 || this.#cast.stages === 1) return false
    const before = JSON.stringify(this.coverage())
    progress.coverage = coverage
    return JSON.stringify(this.coverage()) !== before
  }

  /** By stage. */
  get watermarks(): readonly number[] {
    return this.#watermarks
  }

  taken(): Coverage {
    return this.#lanes
      .entries()
      .map(([lane, { taken }]) => [lane, taken] as const)
      .toArray()
      .sort(([a], [b]) => a - b)
  }

  coverage(): readonly Coverage[] {
    const own = this.taken().filter(([lane]) => !isLoopLane(lane))
    const stages: Coverage[] = [own]
    for (let stage = 1; stage < this.#cast.stages; stage++) {
      stages.push(own.map(([lane, taken]) => [lane, this.#coveredBy(lane, stage - 1, taken)] as const))
    }
    return stages
  }

  encode(): readonly LaneCore[] {
    return this.#lanes
      .entries()
      .map(([lane, { taken, watermarks, coverage }]) => ({ lane, taken, watermarks, coverage }))
      .toArray()
      .sort((a, b) => a.lane - b.lane)
  }

  restore(lanes: readonly LaneCore[]): void {
    for (const { lane, ...progress } of lanes) this.#lanes.set(lane, { ...progress })
    this.#watermarks = this.#compute()
  }

  #coveredBy(lane: number, stage: number, own: Place): Place {
    let least = own
    for (let shard = 0; shard < this.#shards; shard++) {
      const carried = this.#lanes.get(loopLane(shard))?.coverage[stage]?.find(([of]) => of === lane)
      least = Math.min(least, carried?.[1] ?? START)
    }
    return least
  }

  #compute(): readonly number[] {
    let ingest = Number.POSITIVE_INFINITY
    for (let lane = 0; lane < LANES; lane++) {
      ingest = Math.min(ingest, this.#lanes.get(lane)?.watermarks[0] ?? Number.NEGATIVE_INFINITY)
    }
    return this.#cast.feeds.map((feeds, stage) => {
      let least = ingest
      for (let shard = 0; stage > 0 && shard < this.#shards; shard++) {
        least = Math.min(least, promised(feeds, this.#lanes.get(loopLane(shard))?.watermarks ?? []))
      }
      return least
    })
  }

  #lane(lane: number): LaneProgress {
    const known = this.#lanes.get(lane)
    if (known !== undefined) return known
    const made: LaneProgress = { taken: START, watermarks: [], coverage: [] }
    this.#lanes.set(lane, made)
    return made
  }
}
