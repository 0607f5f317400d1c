/** Owns: a log whose appends go wrong by chance: never arrive, arrive unanswered, find it full. For tests. */

import { chance, type Random } from "../../base/random.ts"
import { type Appended, type Log, LogAway, LogFull, type Outgoing } from "../../streams/log.ts"

export interface Faults {
  /** Of each kind, in 1. */
  readonly lost: number
  readonly unanswered: number
  readonly full: number
}

/** Everything but appends is passed on as it is. */
export function lossyLog(log: Log, random: Random, faults: Faults): Log {
  return {
    async append(message: Outgoing): Promise<Appended> {
      const operation = `append to ${message.subject}`
      if (chance(random, faults.full)) throw new LogFull({ operation, reason: "full by chance" })
      if (chance(random, faults.lost)) throw new LogAway({ operation, reason: "lost by chance" })
      const appended = await log.append(message)
      if (chance(random, faults.unanswered)) throw new LogAway({ operation, reason: "the answer was lost by chance" })
      return appended
    },
    last: (stream, filter) => log.last(stream, filter),
    get: (stream, sequence) => log.get(stream, sequence),
    read: (from) => log.read(from),
    bounds: (stream) => log.bounds(stream),
    trim: (stream, below, subject) => log.trim(stream, below, subject),
  }
}
