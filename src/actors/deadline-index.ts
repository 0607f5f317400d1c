/**
 * Owns: which instances have something to do when, by stage, most of it as bytes in a local file.
 * Never: scanning state: what is due is known by its name before the watermark passes it.
 *
 * D1 what was filed stands under its time until that time is dropped; it may stand under others, too.
 * D2 `next` is exact; `at` answers only once `ready` says so, and `load` makes it so.
 * D3 memory is bounded by what stands under the times at hand, and by DEADLINE_BUFFER_BYTES_MAX.
 *
 * Far deadlines are kept in piles: the farther, the longer the stretch of time of one. A long pile that comes up is
 * filed again in shorter ones, a short or small one is taken up whole.
 */

import { assert } from "../base/assert.ts"
import { DEADLINE_BUFFER_BYTES_MAX, DEADLINES_NEAR_MAX } from "../base/limits.ts"
import { DeadlineBytes, emptyPile, type Pile } from "./deadline-bytes.ts"
import { type Deadlines, MemoryDeadlines } from "./residency.ts"
import type { SpillFile } from "./spill/spill-file.ts"

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** How long a stretch of each level is; one level holds what is nearer than a stretch of the next. */
const STRETCHES_MS = [SECOND, MINUTE, HOUR, DAY, 32 * DAY, 1_024 * DAY]

interface FarPile extends Pile {
  readonly level: number
}

interface Stage {
  /** By level and number of the stretch. */
  readonly piles: Map<string, FarPile>
  /** The least of the piles' minima. */
  min: number
  /** What was dropped or taken up last (at first: what was filed): distances are measured from here. */
  now: number
}

export class DeadlineIndex implements Deadlines {
  readonly #near = new MemoryDeadlines()
  readonly #stages: Stage[] = []
  readonly #bytes: DeadlineBytes

  constructor(file: SpillFile) {
    this.#bytes = new DeadlineBytes(file)
  }

  file(stage: number, at: number, name: string): void {
    if (this.#near.next(stage) <= at && this.#near.has(stage, at)) {
      this.#near.file(stage, at, name)
      return
    }
    this.#pile(this.#stage(stage), at, name)
    if (this.#bytes.buffered > DEADLINE_BUFFER_BYTES_MAX) this.#flushLargest()
  }

  next(stage: number): number {
    return Math.min(this.#near.next(stage), this.#stage(stage).min)
  }

  at(stage: number, at: number): Iterable<string> {
    assert(this.ready(stage, at), `deadlines of ${at} are asked for before they were loaded`)
    return this.#near.at(stage, at)
  }

  drop(stage: number, at: number): void {
    assert(this.ready(stage, at), `deadlines of ${at} are dropped before they were loaded`)
    this.#stage(stage).now = at
    if (this.#near.has(stage, at)) this.#near.drop(stage, at)
  }

  /** Whether all that stands under that time is in memory. */
  ready(stage: number, at: number): boolean {
    return this.#stage(stage).min > at
  }

  async load(stage: number, at: number): Promise<void> {
    const own = this.#stage(stage)
    own.now = at
    while (own.min <= at) {
      const [key, pile] = firstOf(own.piles)
      own.piles.delete(key)
      own.min = minOf(own.piles)
      const whole = pile.level === 0 || pile.count <= DEADLINES_NEAR_MAX
      await this.#bytes.empty(pile, (time, name) => {
        if (whole || time <= at) this.#near.file(stage, time, name)
        else this.#pile(own, time, name)
      })
    }
  }

  /** Bytes that are kept in memory for deadlines that are not near. */
  get buffered(): number {
    return this.#bytes.buffered
  }

  get pressed(): boolean {
    return this.#bytes.pressed
  }

  settle(): Promise<void> {
    return this.#bytes.settle()
  }

  close(): Promise<void> {
    return this.#bytes.close()
  }

  #pile(stage: Stage, at: number, name: string): void {
    if (stage.now === Number.NEGATIVE_INFINITY) stage.now = at
    const level = levelOf(Math.abs(at - stage.now))
    const key = `${level} ${Math.floor(at / STRETCHES_MS[level]!)}`
    let pile = stage.piles.get(key)
    if (pile === undefined) {
      pile = { ...emptyPile(), level }
      stage.piles.set(key, pile)
    }
    this.#bytes.add(pile, at, name)
    if (at < stage.min) stage.min = at
  }

  #flushLargest(): void {
    let largest: Pile | undefined
    for (const { piles } of this.#stages) {
      for (const pile of piles.values()) if (pile.filled > (largest?.filled ?? 0)) largest = pile
    }
    if (largest !== undefined) this.#bytes.flush(largest)
  }

  #stage(stage: number): Stage {
    for (let next = this.#stages.length; next <= stage; next++) {
      this.#stages.push({ piles: new Map(), min: Number.POSITIVE_INFINITY, now: Number.NEGATIVE_INFINITY })
    }
    return this.#stages[stage]!
  }
}

function levelOf(distanceMs: number): number {
  const last = STRETCHES_MS.length - 1
  for (let level = 0; level < last; level++) if (distanceMs < STRETCHES_MS[level + 1]!) return level
  return last
}

function firstOf(piles: ReadonlyMap<string, FarPile>): readonly [string, FarPile] {
  let first: readonly [string, FarPile] | undefined
  for (const each of piles) if (first === undefined || each[1].min < first[1].min) first = each
  assert(first !== undefined, "there is a pile where there is a minimum")
  return first
}

function minOf(piles: ReadonlyMap<string, FarPile>): number {
  let min = Number.POSITIVE_INFINITY
  for (const pile of piles.values()) if (pile.min < min) min = pile.min
  return min
}
