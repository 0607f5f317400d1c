/**
 * Owns: that the letters of every committed frame stand in DEAD, each once, in order, whoever crashes when.
 * Never: holding up frames: what cannot be written now is found again in the outbox.
 *
 * P1 a message is appended only behind the one it follows (expectLast), so no two runners write a frame's letters twice.
 * P2 what is missing after a crash, or was too much to remember, is read back from the outbox: the last message of DEAD
 *    names the frame it is of.
 */

import { assert } from "../base/assert.ts"
import { type Clock, sleep } from "../base/clock.ts"
import { explain, Failure } from "../base/errors.ts"
import { LETTERS_RETRY_MS, LETTERS_WAITING_FRAMES_MAX, MAILING_READ_MESSAGES, READ_WAIT_MS } from "../base/limits.ts"
import type { Logger } from "../base/log.ts"
import { FrameReader } from "../streams/frame.read.ts"
import type { Counts, Letters } from "../streams/frame.ts"
import {
  decodeLetterMessage,
  encodeLetterMessage,
  LETTER_KINDS,
  type LetterKind,
  type LetterMessage,
  onlyOf,
  totalOf,
} from "../streams/letters.ts"
import { type Log, WrongLast } from "../streams/log.ts"
import { DEAD, deadSubject, lateSubject, outboxStream, outboxSubject } from "../streams/names.ts"

export interface MailingTerms {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly generation: number
  readonly shard: number
  /** Something that no retry mends. */
  readonly onFailed: (error: unknown) => void
}

/** A committed frame. */
export interface Mailed {
  readonly n: number
  readonly sequence: number
  readonly counts: Counts
  readonly letters: Letters
}

export class Mailing {
  readonly #kinds: readonly KindMailing[]

  constructor(terms: MailingTerms) {
    this.#kinds = LETTER_KINDS.map((kind) => new KindMailing(terms, kind))
  }

  /** The newest committed frame when this run began: up to it, something may be missing. */
  begin(frame: Omit<Mailed, "letters">): void {
    for (const kind of this.#kinds) kind.begin(frame)
  }

  committed(frame: Mailed): void {
    for (const kind of this.#kinds) kind.committed(frame)
  }

  /** Nothing more is written; what is missing the next run finds. */
  close(): void {
    for (const kind of this.#kinds) kind.close()
  }
}

interface LastOfKind {
  readonly at: number
  readonly frame: LetterMessage | undefined
}

class KindMailing {
  readonly #terms: MailingTerms
  readonly #kind: LetterKind
  readonly #subject: string
  readonly #ended = new AbortController()
  #waiting: LetterMessage[] = []
  /** Frames up to here are to be looked for in the outbox first. */
  #lookUpTo: Omit<Mailed, "letters"> | undefined
  /** Of DEAD: the sequence of this subject's last message, and the frame it is of; undefined: not looked up. */
  #last: LastOfKind | undefined
  #busy = false

  constructor(terms: MailingTerms, kind: LetterKind) {
    this.#terms = terms
    this.#kind = kind
    const { generation, shard } = terms
    this.#subject = kind === "late" ? lateSubject(generation, shard) : deadSubject(generation, shard)
  }

  begin(frame: Omit<Mailed, "letters">): void {
    if (totalOf(this.#kind, frame.counts) === 0) return
    this.#lookUpTo = frame
    this.#run()
  }

  committed(frame: Mailed): void {
    const { n, sequence, counts } = frame
    const letters = onlyOf(this.#kind, frame.letters)
    if (letters === undefined) return
    if (this.#waiting.length < LETTERS_WAITING_FRAMES_MAX) {
      this.#waiting.push({ n, sequence, total: totalOf(this.#kind, counts), letters })
    } else {
      this.#waiting = []
      this.#lookUpTo = frame
    }
    this.#run()
  }

  close(): void {
    this.#ended.abort()
  }

  #run(): void {
    if (this.#busy) return
    this.#busy = true
    void this.#work().catch((error: unknown) => this.#terms.onFailed(error))
  }

  async #work(): Promise<void> {
    const { clock, logger } = this.#terms
    while (!this.#ended.signal.aborted && (this.#lookUpTo !== undefined || this.#waiting.length > 0)) {
      try {
        await this.#round()
      } catch (error) {
        this.#last = undefined
        if (error instanceof WrongLast) continue
        if (!(error instanceof Failure) || error.verdict !== "retry") throw error
        logger.warn("letters cannot be written now, trying again", { subject: this.#subject, reason: explain(error) })
        await sleep(clock, LETTERS_RETRY_MS, this.#ended.signal)
      }
    }
    this.#busy = false
  }

  async #round(): Promise<void> {
    this.#last ??= await this.#lookUp()
    const upTo = this.#lookUpTo
    if (upTo !== undefined) {
      await this.#catchUp(upTo)
      if (this.#lookUpTo === upTo) this.#lookUpTo = undefined
      return
    }
    const [next] = this.#waiting
    if (next === undefined) return
    await this.#write(next)
    if (this.#waiting[0] === next) this.#waiting.shift()
  }

  async #lookUp(): Promise<LastOfKind> {
    const last = await this.#terms.log.last(DEAD, this.#subject)
    return { at: last?.sequence ?? 0, frame: last === undefined ? undefined : decodeLetterMessage(last.body) }
  }

  /** A frame whose letters stand there already is passed over. */
  async #write(message: LetterMessage): Promise<void> {
    const last = this.#last
    assert(last !== undefined, "the last message is looked up before one is written")
    if (last.frame !== undefined && last.frame.n >= message.n) return
    const body = encodeLetterMessage(message)
    const { sequence } = await this.#terms.log.append({ subject: this.#subject, body, expectLast: last.at })
    this.#last = { at: sequence, frame: message }
  }

  async #catchUp(upTo: Omit<Mailed, "letters">): Promise<void> {
    const total = totalOf(this.#kind, upTo.counts)
    if ((this.#last?.frame?.total ?? 0) >= total) return
    const { log, generation, shard } = this.#terms
    const stream = outboxStream(generation)
    const { first } = await log.bounds(stream)
    const from = Math.max(first, (this.#last?.frame?.sequence ?? 0) + 1)
    const reader = await log.read({ stream, filter: outboxSubject(generation, shard), from })
    try {
      for (let upto = from - 1; upto < upTo.sequence && !this.#ended.signal.aborted; upto = reader.upto) {
        for (const { sequence, body } of await reader.next(MAILING_READ_MESSAGES, READ_WAIT_MS)) {
          if (sequence <= upTo.sequence) await this.#writeOf(sequence, new FrameReader(body))
        }
      }
    } finally {
      await reader.close()
    }
  }

  async #writeOf(sequence: number, frame: FrameReader): Promise<void> {
    const letters = onlyOf(this.#kind, frame.letters())
    if (letters === undefined) return
    const { n, counts } = frame.head()
    await this.#write({ n, sequence, total: totalOf(this.#kind, counts), letters })
  }
}
