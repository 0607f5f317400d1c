/**
 * Owns: one reader's place, what it holds ready, and getting its consumer back after whatever happened to it.
 * Never: handing out a message whose predecessors it cannot vouch for. A filtered reader vouches whenever it begins,
 * begins again, or goes on after a pause; what is trimmed beyond it while messages are on their way to it, it cannot
 * see: trimming stays below every checkpoint.
 *
 * What it holds and has asked for is bounded by READ_AHEAD_MESSAGES_MAX, and by about READ_AHEAD_BYTES_MAX.
 */

import type { Msg } from "@nats-io/transport-node"
import { assert } from "../../base/assert.ts"
import { sleep } from "../../base/clock.ts"
import { explain, Failure } from "../../base/errors.ts"
import {
  READ_AHEAD_BYTES_MAX,
  READ_AHEAD_MESSAGES_MAX,
  READ_BATCH_BYTES,
  READ_BATCH_MESSAGES,
  READ_PROBE_EVERY_MS,
  READER_AWAY_MS_MAX,
  READER_RETRY_EVERY_MS,
  READER_REWOUND_FOR_MS,
} from "../../base/limits.ts"
import type { Logger } from "../../base/log.ts"
import { LogAway, type LogReader, type ReadFrom, Rewound, type Stored, Trimmed } from "../log.ts"
import type { Delivery } from "./delivery.ts"
import { failureOfError, outcomeOf } from "./errors.ts"
import { openPull, type Pull } from "./pull.ts"
import type { Session } from "./session.ts"
import { boundsOf } from "./state.ts"
import { DeliveredMessage } from "./stored.ts"

/**
 * A place where something may have been trimmed unseen: sequences missing from an unfiltered stream, or a pause for
 * want of room. From `to` on, nothing is handed out until the stream's begin has vouched for it.
 */
interface Jump {
  readonly after: number
  readonly to: number
}

export class NatsReader implements LogReader {
  readonly #session: Session
  readonly #logger: Logger
  readonly #from: ReadFrom
  readonly #operation: string
  readonly #onClose: (reader: NatsReader) => void
  #ready: DeliveredMessage[] = []
  #readyBytes = 0
  #jumps: Jump[] = []
  #paused = false
  /** The last sequence received, and the last handed out or known to be for others. */
  #received: number
  #upto: number
  #pull: Pull | undefined
  #awaySince: number | undefined
  #away = ""
  #ended: unknown
  #wake: (() => void) | undefined
  #probedAt = Number.NEGATIVE_INFINITY
  #probing = false
  readonly #closed = new AbortController()

  constructor(session: Session, logger: Logger, from: ReadFrom, onClose: (reader: NatsReader) => void) {
    this.#session = session
    this.#logger = logger
    this.#from = from
    this.#operation = `read ${from.filter ?? from.stream}`
    this.#onClose = onClose
    this.#received = Math.max(1, from.from) - 1
    this.#upto = this.#received
  }

  get upto(): number {
    return this.#upto
  }

  async next(max: number, waitMs: number): Promise<readonly Stored[]> {
    assert(!this.#closed.signal.aborted, "a closed reader is not asked again")
    assert(this.#wake === undefined, "a reader is asked once at a time")
    if (this.#allowed() === 0 && this.#ended === undefined && waitMs > 0) await this.#wait(waitMs)
    const allowed = Math.min(max, this.#allowed())
    if (allowed > 0) return this.#handOut(allowed)
    if (this.#closed.signal.aborted) return []
    if (this.#ended !== undefined) throw this.#ended
    this.#complainIfLongAway()
    this.#probe()
    return []
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#pull?.close()
    this.#wake?.()
    this.#onClose(this)
  }

  /** The first consumer; a failure of it is the caller's to hear. */
  async start(): Promise<void> {
    try {
      await this.#attach()
    } catch (error) {
      throw failureOfError("log", this.#operation, error)
    }
  }

  /** The connection was lost and is back: whatever was under way is not. */
  reconnected(): void {
    const pull = this.#pull
    if (pull === undefined) return
    pull.close()
    this.#lost("the connection was lost")
  }

  #handOut(count: number): readonly Stored[] {
    const all = count === this.#ready.length
    const handed = all ? this.#ready : this.#ready.slice(0, count)
    this.#ready = all ? [] : this.#ready.slice(count)
    if (all) this.#readyBytes = 0
    else for (const { size } of handed) this.#readyBytes -= size
    this.#upto = handed.at(-1)!.sequence
    this.#askForMore()
    return handed
  }

  /** How many of what is ready may be handed out. */
  #allowed(): number {
    const barrier = this.#jumps[0]?.to
    if (barrier === undefined) return this.#ready.length
    const at = this.#ready.findIndex(({ sequence }) => sequence >= barrier)
    return at < 0 ? this.#ready.length : at
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel()
        this.#wake = undefined
        resolve()
      }
      const timer = this.#session.clock.after(waitMs, wake)
      this.#wake = wake
    })
  }

  #take(message: Msg, delivery: Delivery): void {
    const { sequence } = delivery
    const jumped = sequence !== this.#received + 1 && this.#from.filter === undefined
    if (jumped) this.#explainLater({ after: this.#received, to: sequence })
    this.#received = sequence
    const stored = new DeliveredMessage(message, delivery)
    this.#ready.push(stored)
    this.#readyBytes += stored.size
    this.#askForMore()
    if (!jumped) this.#wake?.()
  }

  #askForMore(): void {
    const pull = this.#pull
    if (pull === undefined || pull.left > READ_BATCH_MESSAGES / 2) return
    const full = this.#ready.length + pull.left + READ_BATCH_MESSAGES > READ_AHEAD_MESSAGES_MAX
    if (full || this.#readyBytes > READ_AHEAD_BYTES_MAX / 2) {
      this.#paused ||= pull.left === 0
      return
    }
    if (this.#paused) this.#explainLater({ after: this.#received, to: this.#received + 1 })
    this.#paused = false
    pull.ask(READ_BATCH_MESSAGES, READ_BATCH_BYTES)
  }

  async #attach(): Promise<void> {
    const { stream, filter } = this.#from
    let early: string | undefined
    const pull: Pull = await openPull(
      this.#session,
      { stream, filter, from: this.#received + 1 },
      {
        message: (message, delivery) => this.#take(message, delivery),
        ended: () => this.#askForMore(),
        broken: (reason) => {
          if (this.#pull === pull) this.#lost(reason)
          else early = reason
        },
      },
    )
    try {
      await this.#checkPlace()
      if (early !== undefined) throw new LogAway({ operation: this.#operation, reason: early })
    } catch (error) {
      pull.close()
      throw error
    }
    if (this.#closed.signal.aborted) return pull.close()
    this.#pull = pull
    this.#awaySince = undefined
    this.#askForMore()
  }

  /** The next sequence is neither trimmed (L6) nor beyond the log's end (L7). */
  async #checkPlace(): Promise<void> {
    const { clock } = this.#session
    const until = clock.monotonicMs() + READER_REWOUND_FOR_MS
    for (;;) {
      const { first, last } = await boundsOf(this.#session, this.#from.stream)
      if (first > this.#received + 1) throw this.#trimmed(first, this.#received + 1)
      if (last >= this.#received || this.#closed.signal.aborted) return
      if (clock.monotonicMs() >= until) {
        throw new Rewound({
          operation: this.#operation,
          reason: `the log ends at ${last}, and ${this.#received} was already read`,
          hint: "was it restored from an older backup, or did its disk lose what was not yet synced?",
          last,
        })
      }
      await sleep(clock, READER_RETRY_EVERY_MS, this.#closed.signal)
    }
  }

  #lost(reason: string): void {
    this.#pull = undefined
    this.#awaySince ??= this.#session.clock.monotonicMs()
    this.#away = reason
    this.#logger.info("a reader lost its consumer, making another", { reading: this.#operation, reason })
    void this.#recover()
  }

  async #recover(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        return await this.#attach()
      } catch (error) {
        if (!this.#mayRetry(error)) return this.#end(error)
        this.#away = explain(error)
      }
      await sleep(this.#session.clock, READER_RETRY_EVERY_MS, this.#closed.signal)
    }
  }

  #mayRetry(error: unknown): boolean {
    return outcomeOf(error)?.kind === "away" || (error instanceof Failure && error.verdict === "retry")
  }

  /** What is ready is still handed out; then `next` fails with this. */
  #end(error: unknown): void {
    this.#ended = outcomeOf(error) === undefined ? error : failureOfError("log", this.#operation, error)
    this.#pull?.close()
    this.#pull = undefined
    this.#wake?.()
  }

  #complainIfLongAway(): void {
    if (this.#awaySince === undefined) return
    const awayMs = this.#session.clock.monotonicMs() - this.#awaySince
    if (awayMs < READER_AWAY_MS_MAX) return
    throw new LogAway({ operation: this.#operation, reason: `no consumer for ${Math.round(awayMs)} ms: ${this.#away}` })
  }

  #explainLater(jump: Jump): void {
    this.#jumps.push(jump)
    if (this.#jumps.length === 1) void this.#explainJumps()
  }

  /** Sequences are missing: were they trimmed under our feet (L6), or removed one by one? The stream's begin tells. */
  async #explainJumps(): Promise<void> {
    while (this.#jumps.length > 0 && !this.#closed.signal.aborted) {
      const asked = this.#jumps.length
      const { after } = this.#jumps[0]!
      try {
        const { first } = await boundsOf(this.#session, this.#from.stream)
        if (first > after + 1) return this.#end(this.#trimmed(first, after + 1))
        this.#jumps.splice(0, asked)
        this.#wake?.()
      } catch (error) {
        if (!this.#mayRetry(error)) return this.#end(error)
        this.#logger.info("cannot tell yet whether the log was trimmed", { reason: explain(error) })
        await sleep(this.#session.clock, READER_RETRY_EVERY_MS, this.#closed.signal)
      }
    }
  }

  #probe(): void {
    const now = this.#session.clock.monotonicMs()
    if (this.#probing || this.#pull === undefined || now - this.#probedAt < READ_PROBE_EVERY_MS) return
    this.#probedAt = now
    this.#probing = true
    void this.#lookHowFar(this.#pull).finally(() => {
      this.#probing = false
    })
  }

  /** If the consumer has nothing more, then nothing up to the end that the stream had before was for it. */
  async #lookHowFar(pull: Pull): Promise<void> {
    const { stream } = this.#from
    try {
      const { last } = await boundsOf(this.#session, stream)
      const { num_pending, delivered } = await this.#session.manager.consumers.info(stream, pull.name)
      const nothingUnderWay = num_pending === 0 && delivered.consumer_seq === pull.received
      if (nothingUnderWay && this.#pull === pull && this.#ready.length === 0) {
        this.#upto = Math.max(this.#upto, last)
        this.#received = this.#upto
      }
    } catch (error) {
      if (!this.#mayRetry(error) && this.#pull === pull) this.#end(error)
    }
  }

  #trimmed(first: number, sequence: number): Trimmed {
    return new Trimmed({ operation: this.#operation, reason: `the stream now begins at ${first}`, sequence, first })
  }
}
