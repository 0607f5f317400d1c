/**
 * Owns: the loop that appends a router's messages to one shard's stream, and tells the sender how each ended.
 * Never: what is in them (sender.ts), or giving up: a shard that cannot be told now is told later.
 */

import { type Clock, sleep, type Timer } from "../../base/clock.ts"
import { explain } from "../../base/errors.ts"
import { ROUTE_LINGER_MS, ROUTE_RETRY_MS } from "../../base/limits.ts"
import type { Logger } from "../../base/log.ts"
import { Packer } from "../../wire/pack.ts"
import { type Log, LogAway, LogFull } from "../log.ts"
import { encodePackedSections } from "../section.ts"
import type { Outbound, Sender } from "./sender.ts"

export interface TellerTerms {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly subject: string
  readonly sender: Sender
  /** How long progress without records may wait. */
  readonly progressLingerMs: number
  /** Something was acknowledged. */
  readonly onProgress: () => void
  /** The shard's stream will never take what it is told; routing cannot go on. */
  readonly onFailed: (error: unknown) => void
}

export class Teller {
  readonly #terms: TellerTerms
  readonly #packer = new Packer(Buffer.allocUnsafe(65_536))
  readonly #ended = new AbortController()
  #linger: { readonly timer: Timer; readonly urgent: boolean } | undefined
  #backingOff = false

  constructor(terms: TellerTerms) {
    this.#terms = terms
  }

  /** Something is to be told: at once if there is much of it, else after a moment's linger; mere progress can wait. */
  nudge(): void {
    if (this.#ended.signal.aborted) return
    const { full, urgent } = this.#terms.sender
    if (full) this.#tell()
    else if (this.#linger === undefined || (urgent && !this.#linger.urgent)) this.#lingerFor(urgent)
  }

  /** Nothing waits for company any more: somebody needs to know that all is told. */
  hurry(): void {
    if (this.#terms.sender.due) this.#tell()
  }

  close(): void {
    this.#ended.abort()
    this.#linger?.timer.cancel()
  }

  #lingerFor(urgent: boolean): void {
    this.#linger?.timer.cancel()
    const delayMs = urgent ? ROUTE_LINGER_MS : this.#terms.progressLingerMs
    this.#linger = { urgent, timer: this.#terms.clock.after(delayMs, () => this.#tell()) }
  }

  #tell(): void {
    this.#linger?.timer.cancel()
    this.#linger = undefined
    if (this.#backingOff || this.#ended.signal.aborted) return
    const { sender } = this.#terms
    for (let out = sender.next(); out !== undefined; out = sender.next()) void this.#append(out)
  }

  async #append({ number, sections }: Outbound): Promise<void> {
    const { log, sender, subject, onProgress, onFailed } = this.#terms
    try {
      // The packer's bytes are used again; the append needs its own for as long as it takes.
      const body = Uint8Array.from(encodePackedSections(sections, this.#packer))
      const { sequence } = await log.append({ subject, body })
      if (this.#ended.signal.aborted) return
      sender.stored(number, sequence)
      onProgress()
      if (sender.due) this.nudge()
    } catch (error) {
      if (error instanceof LogAway || error instanceof LogFull) await this.#tryLater(number, error)
      else onFailed(error)
    }
  }

  async #tryLater(number: number, error: unknown): Promise<void> {
    const { sender, clock, logger, subject } = this.#terms
    sender.unknown(number)
    if (this.#backingOff || this.#ended.signal.aborted) return
    this.#backingOff = true
    logger.warn("a shard cannot be told now, trying again", { subject, reason: explain(error) })
    await sleep(clock, ROUTE_RETRY_MS, this.#ended.signal)
    this.#backingOff = false
    this.#tell()
  }
}
