/**
 * Owns: publishing every good line of a file, with a bounded number under way, and counting what became of each.
 * Never: stopping at a bad line; it is named by its number and the others are published.
 */

import { explain, Failure } from "../../../base/errors.ts"
import { PUBLISH_FILE_AT_ONCE } from "../../../base/limits.ts"
import type { EventToPublish } from "../../../client/event.ts"
import type { Registry } from "../../../define/registry.ts"
import { decodePosition, encodePosition, type LaneSequences, mergePositions } from "../../../wire/position.ts"
import type { EventPublisher } from "../wiring.ts"
import { checkDraft } from "./check.ts"
import { readLine } from "./line.ts"
import type { NumberedLine } from "./lines.ts"

export interface LineTrouble {
  readonly line: number
  readonly reason: string
}

export interface ManyReport {
  readonly published: number
  /** Never sent, or refused for good. */
  readonly refused: readonly LineTrouble[]
  /** Not acknowledged: sending the file again is safe where lines have ids. */
  readonly unsure: readonly LineTrouble[]
  readonly unknownTypes: readonly string[]
  /** A place that has seen all of them; nothing if there are none. */
  readonly position: string | null
}

export async function publishMany(
  publisher: EventPublisher,
  registry: Registry,
  lines: AsyncIterable<NumberedLine>,
): Promise<ManyReport> {
  const run = new Run(publisher)
  for await (const { number, text } of lines) {
    const read = readLine(text)
    const checked = read.ok ? checkDraft(registry, read.draft) : { kind: "refused" as const, reason: read.reason }
    if (checked.kind === "refused") run.refuse(number, checked.reason)
    else await run.send(number, checked.event, checked.kind === "unknown")
    // The first one that cannot be delivered has tried for long; the rest would only wait as long each.
    if (run.isAway) break
  }
  return run.finish()
}

class Run {
  readonly #publisher: EventPublisher
  readonly #underWay = new Set<Promise<void>>()
  readonly #refused: LineTrouble[] = []
  readonly #unsure: LineTrouble[] = []
  readonly #unknownTypes = new Set<string>()
  #reached: LaneSequences = new Map()
  #published = 0

  constructor(publisher: EventPublisher) {
    this.#publisher = publisher
  }

  get isAway(): boolean {
    return this.#unsure.length > 0
  }

  refuse(line: number, reason: string): void {
    this.#refused.push({ line, reason })
  }

  async send(line: number, event: EventToPublish, unknown: boolean): Promise<void> {
    if (unknown) this.#unknownTypes.add(event.type)
    if (this.#underWay.size >= PUBLISH_FILE_AT_ONCE) await Promise.race(this.#underWay)
    const sent: Promise<void> = this.#deliver(line, event).finally(() => this.#underWay.delete(sent))
    this.#underWay.add(sent)
  }

  async finish(): Promise<ManyReport> {
    await Promise.all(this.#underWay)
    const byLine = (a: LineTrouble, b: LineTrouble) => a.line - b.line
    return {
      published: this.#published,
      refused: this.#refused.sort(byLine),
      unsure: this.#unsure.sort(byLine),
      unknownTypes: [...this.#unknownTypes].sort(),
      position: this.#published === 0 ? null : encodePosition(this.#reached),
    }
  }

  async #deliver(line: number, event: EventToPublish): Promise<void> {
    try {
      const { position } = await this.#publisher.publish(event)
      this.#published++
      this.#reached = mergePositions(this.#reached, decodePosition(position) ?? new Map())
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const trouble = { line, reason: explain(error) }
      if (error.verdict === "refuse") this.#refused.push(trouble)
      else this.#unsure.push(trouble)
    }
  }
}
