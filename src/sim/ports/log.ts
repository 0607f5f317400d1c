/** Owns: the log port over the simulated network. Never: what a log does (streams/memory/). */

import { STREAM_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import { type Log, LogAway, type LogReader, type ReadFrom } from "../../streams/log.ts"
import type { Connection } from "../network.ts"

export function simulatedLog(connection: Connection, log: Log): Log {
  const ask = <T>(what: string, order: string, serve: () => Promise<T>, waitMs = 0): Promise<T> =>
    connection.call({
      what,
      order,
      serve,
      timeoutMs: STREAM_ANSWER_WITHIN_MS + waitMs,
      noAnswer: (reason) => new LogAway({ operation: what, reason }),
    })
  return {
    append: (message) => ask(`append ${message.subject}`, message.subject, () => log.append(message)),
    last: (stream, subject) => ask(`last of ${subject}`, subject, () => log.last(stream, subject)),
    get: (stream, sequence) => ask(`get ${stream} ${sequence}`, stream, () => log.get(stream, sequence)),
    bounds: (stream) => ask(`bounds of ${stream}`, stream, () => log.bounds(stream)),
    trim: (stream, below, subject) =>
      ask(`trim ${stream} below ${below}`, stream, () => log.trim(stream, below, subject)),
    async read(from) {
      const opened = async () => (await log.read(from)).close()
      await ask(`open ${from.filter ?? from.stream}`, from.stream, opened)
      return reader(from, log, ask)
    },
  }
}

type Ask = <T>(what: string, order: string, serve: () => Promise<T>, waitMs?: number) => Promise<T>

/** The place is kept on this side: an answer that was lost is asked for again, and nothing is skipped with it. */
function reader(from: ReadFrom, log: Log, ask: Ask): LogReader {
  const what = `read ${from.filter ?? from.stream}`
  let upto = Math.max(0, from.from - 1)
  let end: () => void = () => {}
  const closed = new Promise<undefined>((resolve) => {
    end = () => resolve(undefined)
  })
  return {
    get upto() {
      return upto
    },
    async next(max, waitMs) {
      const after = upto
      const serve = async () => {
        const server = await log.read({ ...from, from: after + 1 })
        const messages = await server.next(max, waitMs)
        const answer = { messages, upto: server.upto }
        await server.close()
        return answer
      }
      const answer = await Promise.race([ask(`${what} from ${after + 1}`, what, serve, waitMs), closed])
      if (answer === undefined) return []
      upto = answer.upto
      return answer.messages
    },
    async close() {
      end()
    },
  }
}
