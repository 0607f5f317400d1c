/**
 * Owns: one runner: it joins, works the lanes and shards that fall to it, hands over what should be others', leaves.
 * Never: what a lane or a shard does (router.ts, worker.ts), or who should own it (membership.ts).
 */

import { type Clock, sleep } from "../base/clock.ts"
import { explain, Failure } from "../base/errors.ts"
import { CLAIM_AGAIN_MS, LEAVE_WITHIN_MS, SESSION_ROUND_MS, WORKER_AGAIN_MS } from "../base/limits.ts"
import type { Logger } from "../base/log.ts"
import { isLoopLane, loopLane, shardOfLoop } from "../streams/lanes.ts"
import type { Item, Membership } from "./membership.ts"
import type { WorkerEnd } from "./worker.ts"

/** What the runner makes of a shard that is its own. */
export interface ShardWork {
  run(): Promise<WorkerEnd>
  stop(): void
  abandon(): void
}

/** What the runner needs of routing. */
export interface LaneWork {
  own(lane: number): void
  disown(lane: number): Promise<void>
  close(): Promise<void>
  abandon(): void
}

export interface RunnerTerms {
  readonly id: string
  readonly membership: Membership
  readonly lanes: LaneWork
  /** Emits come back only where somebody listens to them. */
  readonly loops: boolean
  readonly makeWorker: (shard: number) => ShardWork
  readonly clock: Clock
  readonly logger: Logger
  /** Something that no retry mends: the process ends. */
  readonly onFailed: (error: unknown) => void
}

interface Held {
  readonly item: Item
  /** On its way out: neither released again, nor claimed before it is over. */
  leaving: boolean
  /** Ends once it is not worked here any more. */
  readonly letGo: () => Promise<void>
}

export class Runner {
  readonly #terms: RunnerTerms
  readonly #held = new Map<string, Held>()
  /** Claims and releases that had no answer yet. */
  readonly #unsure = new Map<string, Item>()
  readonly #ended = new AbortController()
  #rounds: Promise<void> | undefined

  constructor(terms: RunnerTerms) {
    this.#terms = terms
  }

  get held(): readonly Item[] {
    return [...this.#held.values()].map(({ item }) => item)
  }

  /** Resolves once it has joined. */
  async start(): Promise<void> {
    await this.#terms.membership.show()
    this.#rounds = this.#go()
  }

  /** A planned end: others may have everything, each piece as soon as it stands still. */
  async leave(): Promise<void> {
    const { membership, lanes, clock } = this.#terms
    membership.leave()
    this.#ended.abort()
    await this.#rounds
    const bound = new AbortController()
    const all = this.#tellAndRelease().finally(() => bound.abort())
    await Promise.race([all, sleep(clock, LEAVE_WITHIN_MS, bound.signal)])
    lanes.abandon()
  }

  async #tellAndRelease(): Promise<void> {
    const { membership, lanes, logger, clock, id } = this.#terms
    try {
      await membership.show()
      // Once the others know, they ask often: so little time passes between letting go and taking over.
      const others = membership.members.some((member) => member.id !== id && !member.leaving)
      if (others && this.#held.size > 0) await sleep(clock, SESSION_ROUND_MS)
      await Promise.all([...this.#held.values()].map((held) => this.#release(held)))
      await lanes.close()
      await membership.gone()
    } catch (error) {
      if (!isAway(error)) throw error
      logger.warn("could not tell that this runner leaves; others will notice", { reason: explain(error) })
    }
  }

  async #go(): Promise<void> {
    const { clock, logger, onFailed } = this.#terms
    while (!this.#ended.signal.aborted) {
      let again = SESSION_ROUND_MS
      try {
        again = await this.#round()
      } catch (error) {
        if (!isAway(error)) return onFailed(error)
        logger.warn("cannot see the other runners now, going on", { reason: explain(error) })
      }
      await sleep(clock, again, this.#ended.signal)
    }
  }

  async #round(): Promise<number> {
    const { membership } = this.#terms
    const lapsed = await membership.show()
    if (lapsed) await this.#dropLost()
    await this.#makeSure()
    const { claim, release } = membership.wanted((item) => this.#held.has(nameOf(item)))
    for (const item of release) {
      const held = this.#held.get(nameOf(item))
      if (held !== undefined) void this.#release(held).catch((error: unknown) => this.#later(error))
    }
    // All of them are over before the next round: an item is never claimed twice at once.
    const claims = await Promise.allSettled(claim.map((item) => this.#claim(item)))
    const claimed = claims.map((each) => {
      if (each.status === "rejected") throw each.reason
      return each.value
    })
    return claimed.every(Boolean) || !membership.settled ? SESSION_ROUND_MS : CLAIM_AGAIN_MS
  }

  async #claim(item: Item): Promise<boolean> {
    const claimed = await this.#surely(item, () => this.#terms.membership.claim(item))
    if (!claimed || this.#ended.signal.aborted) return false
    this.#take(item)
    return true
  }

  /** Without an answer the lease may be in this runner's name, though it does not work it. */
  async #surely<T>(item: Item, ask: () => Promise<T>): Promise<T> {
    this.#unsure.set(nameOf(item), item)
    const answer = await ask()
    this.#unsure.delete(nameOf(item))
    return answer
  }

  /** What is not worked here must not stand in this runner's name: it would be nobody's. */
  async #makeSure(): Promise<void> {
    for (const [name, item] of this.#unsure) {
      if (!this.#held.has(name)) await this.#terms.membership.release(item)
      this.#unsure.delete(name)
    }
  }

  #take(item: Item): void {
    const letGo = item.kind === "lane" ? this.#workLane(item) : this.#workShard(item)
    this.#held.set(nameOf(item), { item, letGo, leaving: false })
  }

  #workLane({ number }: Item): () => Promise<void> {
    const { lanes } = this.#terms
    lanes.own(number)
    return () => lanes.disown(number)
  }

  #workShard(item: Item): () => Promise<void> {
    const { lanes, loops } = this.#terms
    const lane = loopLane(item.number)
    const ended = new AbortController()
    const current: { worker?: ShardWork } = {}
    const done = this.#keepWorking(item, ended.signal, current)
    if (loops) lanes.own(lane)
    return async () => {
      ended.abort()
      current.worker?.stop()
      await Promise.all([done, loops ? lanes.disown(lane) : undefined])
    }
  }

  /** As long as the lease is this runner's, the shard is worked: whatever ended a worker, another takes over. */
  async #keepWorking(item: Item, ended: AbortSignal, current: { worker?: ShardWork }): Promise<void> {
    const { makeWorker, clock, logger, onFailed } = this.#terms
    while (!ended.aborted) {
      try {
        current.worker = makeWorker(item.number)
        const end = await current.worker.run()
        if (end === "fenced") void this.#dropIfLost(item).catch((error: unknown) => this.#later(error))
      } catch (error) {
        if (!isAway(error)) return onFailed(error)
        logger.warn("a shard cannot be worked now, trying again", { shard: item.number, reason: explain(error) })
      }
      await sleep(clock, WORKER_AGAIN_MS, ended)
    }
  }

  /** Somebody else went on with the lane: if its lease says so, too, it is let go; else it is taken up again. */
  laneTakenOver(lane: number): void {
    const item: Item = isLoopLane(lane) ? { kind: "shard", number: shardOfLoop(lane) } : { kind: "lane", number: lane }
    const again = async () => {
      await this.#dropIfLost(item)
      await sleep(this.#terms.clock, WORKER_AGAIN_MS, this.#ended.signal)
      if (this.#held.get(nameOf(item))?.leaving === false) this.#terms.lanes.own(lane)
    }
    again().catch((error: unknown) => this.#later(error))
  }

  async #dropIfLost(item: Item): Promise<void> {
    const held = this.#held.get(nameOf(item))
    if (held === undefined || held.leaving || (await this.#terms.membership.holds(item))) return
    this.#terms.logger.info("a lease was lost while this runner was out of sight", { [item.kind]: item.number })
    await this.#drop(held)
  }

  async #dropLost(): Promise<void> {
    await Promise.all([...this.#held.values()].map(({ item }) => this.#dropIfLost(item)))
  }

  async #release(held: Held): Promise<void> {
    if (held.leaving) return
    const { item } = held
    await this.#drop(held, () => this.#surely(item, () => this.#terms.membership.release(item)))
  }

  async #drop(held: Held, then: () => Promise<void> = async () => {}): Promise<void> {
    held.leaving = true
    await held.letGo()
    try {
      // Until it is over the item is not claimed again: what we release then would be what we work.
      await then()
    } finally {
      this.#held.delete(nameOf(held.item))
    }
  }

  #later(error: unknown): void {
    if (isAway(error)) {
      this.#terms.logger.warn("the leases cannot be reached now, going on", { reason: explain(error) })
    } else this.#terms.onFailed(error)
  }
}

const nameOf = ({ kind, number }: Item) => `${kind} ${number}`

function isAway(error: unknown): boolean {
  return error instanceof Failure && error.verdict === "retry"
}
