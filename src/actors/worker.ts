/**
 * Owns: the loop of one shard while it is this runner's: taking it over, reading, stepping its machine, committing
 * frames. Never: deciding who owns it (membership), or anything that a step decides (shard.ts).
 *
 * W1 one frame is in flight; the next is being computed, and no larger than a frame may be.
 * W2 after a takeover the same state is computed from the log, and nothing of it goes out again, until the last frame
 *    that stands in the outbox.
 * W3 a frame is cut only when it says something, so at rest nothing is written.
 */

import { assert } from "../base/assert.ts"
import { type Clock, sleep } from "../base/clock.ts"
import { explain, Failure } from "../base/errors.ts"
import {
  FRAME_CUT_BYTES,
  FRAME_GATHER_MS,
  FRAME_RETRY_MS,
  READ_WAIT_MS,
  REPLAY_FORGET_STEPS,
  SHARD_READ_MESSAGES_MAX,
} from "../base/limits.ts"
import type { Logger } from "../base/log.ts"
import type { Turns } from "../base/turns.ts"
import { encodeFrame, type Frame, type FrameHead, type Point } from "../streams/frame.ts"
import { type Log, LogAway, type LogReader, type Stored, Trimmed } from "../streams/log.ts"
import { shardSubject, shardsStream } from "../streams/names.ts"
import { decodeSections } from "../streams/section.ts"
import { Mailing } from "./mailing.ts"
import { Fenced, Outbox, type Placed } from "./outbox.ts"
import { comparePoints } from "./point.ts"
import type { Shard } from "./shard.ts"

/** A frame that stands in the outbox, and what it took to get it there. */
export interface Committed {
  readonly head: FrameHead
  readonly before: FrameHead
  readonly sequence: number
  readonly bytes: number
  readonly tookMs: number
}

/** Where state comes from and goes to, beside the log. */
export interface Kept {
  /**
   * The machine at some point not beyond `epoch.head.to`. The epoch's frame stands in the outbox: whatever else must
   * refuse the previous owner is told so first.
   */
  open(epoch: Placed): Promise<Shard>
  /** What the next step needs is fetched; nothing to wait for if all of it is there. */
  fetch(shard: Shard): Promise<void> | undefined
  /** The frame was just cut, and is not committed yet: what has changed may be looked at now, and only now. */
  cut(shard: Shard, head: FrameHead): void
  committed(committed: Committed): void
  close(): Promise<void>
}

export interface WorkerTerms {
  readonly log: Log
  readonly clock: Clock
  readonly turns: Turns
  readonly logger: Logger
  readonly generation: number
  readonly shard: number
  /** Of this run: no two have the same. */
  readonly writer: string
  readonly kept: Kept
  readonly onCommitted: (committed: Committed) => void
  /** The state is as it was when the shard was taken over; from now on it goes forward. */
  readonly onCaughtUp: (head: FrameHead) => void
  readonly onFailed: (error: unknown) => void
}

export type WorkerEnd = "stopped" | "fenced"

export class Worker {
  readonly #terms: WorkerTerms
  readonly #ended = new AbortController()
  readonly #stopping = new AbortController()
  readonly #outbox: Outbox
  readonly #mailing: Mailing
  #reader: LogReader | undefined
  #shard!: Shard
  /** Of the chain as it will be once what is in flight has arrived. */
  #head!: FrameHead
  /** Up to here the steps are in frames that stand in the outbox already. */
  #replayTo: Point | undefined
  #inFlight: Promise<void> | undefined
  #failure: unknown
  #seen = 0
  /** Messages are at hand, and none has to be waited for. */
  #more = false
  #cutAtMs = 0

  constructor(terms: WorkerTerms) {
    this.#terms = terms
    this.#outbox = new Outbox({ ...terms, ended: this.#ended.signal })
    this.#mailing = new Mailing(terms)
  }

  /** Runs until it is stopped, or somebody else has the shard. Throws what no retry mends. */
  async run(): Promise<WorkerEnd> {
    try {
      const epoch = await this.#takeOver()
      this.#reader = await this.#open()
      await this.#work(this.#reader, epoch)
      return "stopped"
    } catch (thrown) {
      const error = thrown instanceof Trimmed ? await this.#behindTrimmed(thrown) : thrown
      if (!(error instanceof Fenced)) throw error
      this.#terms.logger.info("a shard is somebody else's now", { shard: this.#terms.shard, reason: error.reason })
      return this.#stopping.signal.aborted ? "stopped" : "fenced"
    } finally {
      this.#ended.abort()
      this.#mailing.close()
      await this.#reader?.close()
      await this.#terms.kept.close()
    }
  }

  /** At the next step: what was done is committed, then `run` ends. */
  stop(): void {
    this.#stopping.abort()
    void this.#reader?.close()
  }

  /** At once, as if the process had died: nothing more is appended. */
  abandon(): void {
    this.#stopping.abort()
    this.#ended.abort()
    void this.#reader?.close()
  }

  /** Of the shard's stream: up to here messages were taken. */
  get seen(): number {
    return this.#seen
  }

  /** Its next owner may have gone on, and what we would read next was no longer needed: then nothing is lost. */
  async #behindTrimmed(trimmed: Trimmed): Promise<Failure> {
    try {
      return (await this.#outbox.successor()) ?? trimmed
    } catch (error) {
      if (error instanceof Failure) return error
      throw error
    }
  }

  async #takeOver(): Promise<Placed> {
    const { kept, logger, shard } = this.#terms
    const epoch = await this.#outbox.takeOver()
    this.#head = epoch.head
    this.#mailing.begin({ n: epoch.head.n, sequence: epoch.sequence, counts: epoch.head.counts })
    this.#shard = await kept.open(epoch)
    const { to } = epoch.head
    const behind = comparePoints(this.#shard.point, to)
    assert(behind <= 0, `shard ${shard} was restored beyond its last frame`)
    logger.info("a shard was taken over", { shard, epoch: epoch.head.epoch, from: this.#shard.point, to })
    if (behind < 0) this.#replayTo = to
    else this.#caughtUp()
    return epoch
  }

  async #open(): Promise<LogReader> {
    const { log, clock, generation, shard } = this.#terms
    const from = Math.max(1, this.#shard.point.sequence)
    for (;;) {
      try {
        return await log.read({ stream: shardsStream(generation), filter: shardSubject(generation, shard), from })
      } catch (error) {
        if (!(error instanceof LogAway) || this.#stopping.signal.aborted) throw error
        await sleep(clock, FRAME_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  async #work(reader: LogReader, epoch: Placed): Promise<void> {
    const { turns } = this.#terms
    this.#seen = epoch.head.to.sequence
    while (!this.#stopped) {
      const messages = await this.#read(reader)
      for (const [i, message] of messages.entries()) {
        this.#more = i + 1 < messages.length
        await this.#take(message)
        if (this.#stopped) break
      }
      if (turns.over) await turns.give()
    }
    await this.#finish()
  }

  /** A failure of the frame in flight is everybody's end. */
  get #stopped(): boolean {
    if (this.#failure !== undefined) throw this.#failure
    return this.#stopping.signal.aborted
  }

  async #read(reader: LogReader): Promise<readonly Stored[]> {
    const { clock, logger, shard } = this.#terms
    try {
      return await reader.next(SHARD_READ_MESSAGES_MAX, READ_WAIT_MS)
    } catch (error) {
      if (!(error instanceof LogAway)) throw error
      logger.warn("a shard's stream cannot be read now, trying again", { shard, reason: explain(error) })
      await sleep(clock, FRAME_RETRY_MS, this.#stopping.signal)
      return []
    }
  }

  async #take(message: Stored): Promise<void> {
    const { turns, kept } = this.#terms
    const shard = this.#shard
    shard.begin(message.sequence, decodeSections(message.body))
    for (let steps = 1; ; steps++) {
      const fetching = kept.fetch(shard)
      if (fetching !== undefined) await fetching
      const until = this.#replayTo
      const more = shard.step(until)
      if (until !== undefined) this.#replayed(until, steps)
      else if (shard.size >= FRAME_CUT_BYTES) await this.#room()
      if (!more && this.#replayTo === until) break
      if (turns.over) await turns.give()
      if (this.#stopped) break
    }
    this.#seen = message.sequence
    if (!this.#more || this.#gathered) this.#commitIfFree()
  }

  #replayed(to: Point, steps: number): void {
    const behind = comparePoints(this.#shard.point, to)
    assert(behind <= 0, `shard ${this.#terms.shard} stepped over the end of its last frame`)
    if (behind < 0 && steps % REPLAY_FORGET_STEPS !== 0) return
    this.#shard.forget()
    if (behind === 0) this.#caughtUp()
  }

  #caughtUp(): void {
    this.#replayTo = undefined
    this.#terms.onCaughtUp(this.#head)
  }

  /** The frame being computed is full: it goes on its way as soon as the one before it has arrived. */
  async #room(): Promise<void> {
    while (this.#shard.size >= FRAME_CUT_BYTES && !this.#stopped) {
      this.#commitIfFree()
      if (this.#shard.size >= FRAME_CUT_BYTES && this.#inFlight !== undefined) await this.#inFlight
    }
  }

  #commitIfFree(): void {
    if (this.#inFlight !== undefined || this.#failure !== undefined) return
    if (this.#replayTo !== undefined || !this.#shard.matters) return
    const before = this.#head
    const { writer, kept } = this.#terms
    const frame = this.#shard.cut({ epoch: before.epoch, n: before.n + 1, writer })
    if (frame === undefined) return
    this.#head = frame.head
    this.#cutAtMs = this.#terms.clock.monotonicMs()
    kept.cut(this.#shard, frame.head)
    this.#inFlight = this.#commit(frame, before).catch((error: unknown) => {
      this.#failure = error
      this.#inFlight = undefined
      void this.#reader?.close()
    })
  }

  async #commit(frame: Frame, before: FrameHead): Promise<void> {
    const { clock, kept, onCommitted } = this.#terms
    const from = clock.monotonicMs()
    const body = encodeFrame(frame)
    const { head } = frame
    const sequence = await this.#outbox.append(head, body)
    this.#inFlight = undefined
    const committed = { head, before, sequence, bytes: body.length, tookMs: clock.monotonicMs() - from }
    this.#mailing.committed({ n: head.n, sequence, counts: head.counts, letters: frame })
    kept.committed(committed)
    onCommitted(committed)
    if (!this.#more || this.#gathered) this.#commitIfFree()
  }

  /** Behind a backlog, rows that change again and again need not stand in every frame. */
  get #gathered(): boolean {
    return this.#terms.clock.monotonicMs() - this.#cutAtMs >= FRAME_GATHER_MS
  }

  /** What was done is committed: the next owner goes on from there. */
  async #finish(): Promise<void> {
    if (this.#ended.signal.aborted) return
    while (this.#inFlight !== undefined) await this.#inFlight
    this.#commitIfFree()
    while (this.#inFlight !== undefined) await this.#inFlight
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** No state but the log's: everything is computed again from its beginning. */
export function keptNowhere(make: () => Shard): Kept {
  return {
    open: async () => make(),
    fetch: () => undefined,
    cut() {
      // Nothing is written down.
    },
    committed() {
      // Nothing is written down.
    },
    close: async () => {},
  }
}
