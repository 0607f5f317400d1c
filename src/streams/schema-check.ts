/**
 * Owns: reading enough of the log to say whether the declared events can still read it: all of it, or stretches spread
 * evenly from its first message to its last. Never: judging an event (decode.ts) or counting (schema-check.tally.ts).
 */

import { SCHEMA_CHECK_MESSAGES_MAX, SCHEMA_CHECK_WAIT_MS, SCHEMA_CHECK_WINDOWS } from "../base/limits.ts"
import type { Registry } from "../define/registry.ts"
import { DECODE_LIMITS } from "./decode.outcome.ts"
import { decodeMessage } from "./decode.ts"
import { type Log, type LogReader, type Stored, Trimmed } from "./log.ts"
import { INGEST } from "./names.ts"
import { type SchemaCheck, SchemaTally } from "./schema-check.tally.ts"

export interface SchemaCheckOptions {
  /** Every event of the log, rather than a sample. */
  readonly all: boolean
  readonly messagesMax?: number
}

const AT_ONCE = 256

export async function checkSchemas(log: Log, registry: Registry, options: SchemaCheckOptions): Promise<SchemaCheck> {
  const { first, last } = await log.bounds(INGEST)
  const tally = new SchemaTally(registry, options.all)
  const messagesMax = options.all ? Number.POSITIVE_INFINITY : (options.messagesMax ?? SCHEMA_CHECK_MESSAGES_MAX)
  for (const stretch of stretchesOf(first, last, messagesMax)) {
    for await (const stored of messagesOf(log, stretch)) {
      tally.add(stored, decodeMessage(registry, DECODE_LIMITS, stored))
    }
  }
  return tally.report()
}

export interface Stretch {
  readonly from: number
  /** Inclusive. */
  readonly to: number
}

/** Together at most `messagesMax` sequences, evenly spread; the first and the last message are always among them. */
export function stretchesOf(first: number, last: number, messagesMax: number): readonly Stretch[] {
  const messages = last - first + 1
  if (messages <= 0) return []
  const count = Math.min(SCHEMA_CHECK_WINDOWS, messagesMax)
  const length = Math.floor(messagesMax / count)
  if (messages <= messagesMax || count < 2) return [{ from: Math.max(first, last - messagesMax + 1), to: last }]
  const spread = (messages - length) / (count - 1)
  return Array.from({ length: count }, (_, i) => {
    const from = first + Math.floor(i * spread)
    return { from, to: from + length - 1 }
  })
}

/** What is trimmed while it is being read is gone for everybody: reading goes on behind it. */
async function* messagesOf(log: Log, { from, to }: Stretch): AsyncGenerator<Stored> {
  let next = from
  while (next <= to) {
    const reader = await log.read({ stream: INGEST, from: next })
    try {
      for await (const stored of readUpTo(reader, to)) {
        yield stored
        next = stored.sequence + 1
      }
      return
    } catch (error) {
      if (!(error instanceof Trimmed) || error.first <= next) throw error
      next = error.first
    } finally {
      await reader.close()
    }
  }
}

async function* readUpTo(reader: LogReader, to: number): AsyncGenerator<Stored> {
  for (;;) {
    const messages = await reader.next(AT_ONCE, SCHEMA_CHECK_WAIT_MS)
    if (messages.length === 0) return
    for (const stored of messages) {
      if (stored.sequence > to) return
      yield stored
      if (stored.sequence === to) return
    }
  }
}
