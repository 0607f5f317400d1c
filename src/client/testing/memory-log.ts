/**
 * Owns: a log of record in memory as a transport, with every way an attempt can end; messages stay what they are, bytes.
 * Never: time; an outcome arrives when the test says so.
 */

import type { Random } from "../../base/random.ts"
import { chance, pick } from "../../base/random.ts"
import { decodeBatch } from "../../wire/batch.ts"
import { HEADER } from "../../wire/headers.ts"
import type { Message, Outcome, Transport } from "../transport.ts"

export interface StoredEvent {
  readonly id: string
  readonly data: unknown
  readonly sequence: number
}

interface Attempt {
  readonly message: Message
  readonly settle: (outcome: Outcome) => void
}

export class MemoryTransport implements Transport {
  readonly messageBytesMax: number
  readonly sent: Message[] = []
  readonly stored: StoredEvent[] = []
  /** Attempts that were not answered yet. */
  readonly open: Attempt[] = []
  closed = false
  readonly #sequences = new Map<string, number>()

  constructor(messageBytesMax = 100_000) {
    this.messageBytesMax = messageBytesMax
  }

  send(message: Message, settle: (outcome: Outcome) => void): void {
    this.sent.push(message)
    this.open.push({ message, settle })
  }

  async close(): Promise<void> {
    this.closed = true
  }

  /** Ends the oldest attempt, or any. */
  answer(kind: "stored" | "lost answer" | "lost" | "full" | "refused", which = 0): void {
    const [attempt] = this.open.splice(which, 1)
    if (attempt === undefined) return
    switch (kind) {
      case "stored":
        attempt.settle(this.#store(attempt.message))
        return
      case "lost answer":
        this.#store(attempt.message)
        attempt.settle({ tag: "unknown", reason: "no answer", maybeStored: true })
        return
      case "lost":
        attempt.settle({ tag: "unknown", reason: "not connected", maybeStored: false })
        return
      case "full":
        attempt.settle({ tag: "full", reason: "maximum bytes exceeded" })
        return
      case "refused":
        attempt.settle({ tag: "refused", reason: "not allowed" })
        return
    }
  }

  answerByChance(random: Random): void {
    const kind = chance(random, 0.6) ? "stored" : pick(random, ["lost answer", "lost", "full"] as const)
    this.answer(kind, Math.floor(random.next() * this.open.length))
  }

  #store(message: Message): Outcome {
    const id = message.headers[HEADER.messageId] ?? ""
    const known = this.#sequences.get(id)
    if (known !== undefined) return { tag: "stored", sequence: known, duplicate: true }
    const sequence = this.#sequences.size + 1
    this.#sequences.set(id, sequence)
    for (const event of eventsOf(message)) this.stored.push({ ...event, sequence })
    return { tag: "stored", sequence, duplicate: false }
  }
}

export function eventsOf({ subject, headers, body }: Message): { id: string; data: unknown }[] {
  if (!subject.includes("._batch.")) {
    return [{ id: headers[HEADER.id] ?? "", data: JSON.parse(Buffer.from(body).toString()) }]
  }
  const read = decodeBatch(body)
  if (read.tag === "bad") throw new Error(read.reason)
  return read.events.map(({ id, data }) => ({ id, data }))
}
