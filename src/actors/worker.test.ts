import { expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { yieldTurn } from "../base/clock.ts"
import { WORK_MS_MAX } from "../base/limits.ts"
import { silentLogger } from "../base/log.ts"
import { Turns } from "../base/turns.ts"
import { type Log, Trimmed } from "../streams/log.ts"
import { MemoryLog } from "../streams/memory/log.ts"
import { routesOf } from "../streams/route/routes.ts"
import { planTopology } from "../streams/topology.ts"
import { ShardMachine } from "./machine.ts"
import { Outbox } from "./outbox.ts"
import { MemoryDeadlines, MemoryInstances } from "./residency.ts"
import { keptNowhere, Worker } from "./worker.ts"

const SHARD = { generation: 1, shard: 0 }

/** Reads nothing, until what it would read next is found trimmed. */
function trimmedUnder(log: Log, when: Promise<void>): Log {
  return {
    append: (message) => log.append(message),
    last: (stream, filter) => log.last(stream, filter),
    get: (stream, sequence) => log.get(stream, sequence),
    bounds: (stream) => log.bounds(stream),
    trim: (stream, below, subject) => log.trim(stream, below, subject),
    read: async () => ({
      upto: 0,
      async next() {
        await when
        throw new Trimmed({ operation: "read shard.1.0", reason: "the stream now begins later", first: 9 })
      },
      close: async () => {},
    }),
  }
}

function worked() {
  const clock = new ManualClock()
  const { streams } = planTopology({ generation: 1, diskBytes: 2 ** 30, replicas: 1 })
  const inner = new MemoryLog({ clock, streams })
  const trimmed = Promise.withResolvers<void>()
  const ports = { clock, logger: silentLogger, ...SHARD }
  const terms = { ...SHARD, shards: 1, routes: routesOf([]), guarded: false }
  const worker = new Worker({
    ...ports,
    log: trimmedUnder(inner, trimmed.promise),
    turns: new Turns(clock, WORK_MS_MAX),
    writer: "first",
    kept: keptNowhere(() => new ShardMachine(terms, new MemoryInstances(), new MemoryDeadlines())),
    onCommitted() {},
    onCaughtUp() {},
    onFailed() {},
  })
  const ended = new AbortController().signal
  const next = new Outbox({ ...ports, log: inner, writer: "next", ended })
  return { worker, next, trim: () => trimmed.resolve() }
}

test("an old owner that wakes where the next one has let trim learns that it is fenced (A4)", async () => {
  const { worker, next, trim } = worked()
  const end = worker.run()
  await yieldTurn()
  await next.takeOver()
  trim()
  expect(await end).toBe("fenced")
})

test("a shard's stream that was trimmed under its only owner is a loss, and said to be", async () => {
  const { worker, trim } = worked()
  const end = worker.run()
  trim()
  await expect(end).rejects.toBeInstanceOf(Trimmed)
})
