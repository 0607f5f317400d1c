/**
 * Owns: one shard's chain of frames while this run appends to it: taking it over, and one append at a time.
 * Never: what a frame says; what to do about an outcome is fence.ts's to say.
 *
 * A1 every frame stands directly behind the one it was cut on top of. A4 once another epoch stands there, nothing of
 * ours follows.
 */

import { type Clock, sleep } from "../base/clock.ts"
import { explain, Failure } from "../base/errors.ts"
import { FRAME_RETRY_MS } from "../base/limits.ts"
import type { Logger } from "../base/log.ts"
import { FrameReader } from "../streams/frame.read.ts"
import { encodeFrame, type FrameHead } from "../streams/frame.ts"
import { type Log, LogAway, LogFull, type Stored, WrongLast } from "../streams/log.ts"
import { outboxStream, outboxSubject } from "../streams/names.ts"
import { type FrameId, settle } from "./fence.ts"
import { START_POINT } from "./point.ts"

export interface OutboxTerms {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly generation: number
  readonly shard: number
  /** Of this run: no two have the same. */
  readonly writer: string
  /** Nothing is appended any more, nor tried again. */
  readonly ended: AbortSignal
}

/** Another owner has the shard, or this one was told to end: nothing of ours may follow. */
export class Fenced extends Failure {
  override readonly name = "Fenced"
  readonly tag = "Fenced"
  readonly verdict = "stop"
}

/** A frame that is in the outbox. */
export interface Placed {
  readonly head: FrameHead
  readonly sequence: number
}

export class Outbox {
  readonly #terms: OutboxTerms
  readonly #subject: string
  #last = 0

  constructor(terms: OutboxTerms) {
    this.#terms = terms
    this.#subject = outboxSubject(terms.generation, terms.shard)
  }

  /** From now on the previous owner's appends fail. Resolves to our epoch's first frame, which says what it found. */
  async takeOver(): Promise<Placed> {
    const last = await this.#lastFrame()
    this.#last = last?.sequence ?? 0
    const head = this.#epochHead(last === undefined ? undefined : new FrameReader(last.body).head())
    const bytes = encodeFrame({ head, views: [], emits: [], facts: [], late: [], dead: [] })
    return { head, sequence: await this.append(head, bytes) }
  }

  /** Resolves to its sequence once it is there, however many answers are lost on the way. */
  async append(id: FrameId, body: Uint8Array): Promise<number> {
    const { log, ended } = this.#terms
    while (!ended.aborted) {
      try {
        const { sequence } = await log.append({ subject: this.#subject, body, expectLast: this.#last })
        this.#last = sequence
        return sequence
      } catch (error) {
        const sequence = await this.#afterFailure(id, error)
        if (sequence !== undefined) return sequence
      }
    }
    throw new Fenced({ operation: `append to ${this.#subject}`, reason: "this run was told to end" })
  }

  /** That another owner has taken over since; nothing if none has. */
  async successor(): Promise<Fenced | undefined> {
    const last = await this.#lastFrame()
    if (last === undefined || last.sequence === this.#last) return undefined
    const head = new FrameReader(last.body).head()
    return head.writer === this.#terms.writer ? undefined : this.#fenced(head)
  }

  /** Its sequence if it is there after all; nothing: append again. */
  async #afterFailure(id: FrameId, error: unknown): Promise<number | undefined> {
    const { logger } = this.#terms
    if (error instanceof LogAway || error instanceof LogFull) {
      logger.warn("a frame cannot be appended now, trying again", { subject: this.#subject, reason: explain(error) })
      await this.#pause()
      if (error instanceof LogFull) return undefined
    } else if (!(error instanceof WrongLast)) throw error
    const last = await this.#lastFrame()
    const settled = settle(id, last === undefined ? undefined : new FrameReader(last.body).head())
    if (settled.tag === "fenced") throw this.#fenced(settled.by)
    this.#last = last?.sequence ?? 0
    return settled.tag === "committed" ? this.#last : undefined
  }

  async #lastFrame(): Promise<Stored | undefined> {
    const { log, generation, ended } = this.#terms
    while (!ended.aborted) {
      try {
        return await log.last(outboxStream(generation), this.#subject)
      } catch (error) {
        if (!(error instanceof LogAway)) throw error
        await this.#pause()
      }
    }
    throw new Fenced({ operation: `read the last of ${this.#subject}`, reason: "this run was told to end" })
  }

  #pause(): Promise<void> {
    return sleep(this.#terms.clock, FRAME_RETRY_MS, this.#terms.ended)
  }

  #fenced({ epoch, n, writer }: FrameId): Fenced {
    const reason = `${writer} has taken over with epoch ${epoch} (frame ${n})`
    return new Fenced({ operation: `append to ${this.#subject}`, reason })
  }

  #epochHead(last: FrameHead | undefined): FrameHead {
    const { generation, shard, writer } = this.#terms
    const whose = { generation, shard, writer, epoch: (last?.epoch ?? 0) + 1, n: (last?.n ?? 0) + 1 }
    if (last !== undefined) return { ...last, ...whose, from: last.to, to: last.to }
    return { ...NOTHING_YET, ...whose }
  }
}

const NOTHING_YET = {
  from: START_POINT,
  to: START_POINT,
  taken: [],
  watermarks: [],
  coverage: [],
  deadlines: [],
  counts: { delivered: 0, applied: 0, late: 0, dead: 0, rejected: 0, emitted: 0, closed: 0 },
} as const
