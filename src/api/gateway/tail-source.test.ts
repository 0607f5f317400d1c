import { expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { TAIL_NEWEST_MESSAGES_MAX } from "../../base/limits.ts"
import { BUILTIN_EVENTS } from "../../builtin/events.ts"
import { registryOf } from "../../define/registry.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { planTopology } from "../../streams/topology.ts"
import { NO_NAMES } from "./engine-names.ts"
import type { TailBatch, TailQuery } from "./sources.ts"
import { tailLog } from "./tail-source.ts"

const GENERATION = 1
const { streams } = planTopology({ generation: GENERATION, diskBytes: 2 ** 34, replicas: 1 })
const registry = registryOf(BUILTIN_EVENTS)

function newLog() {
  const log = new MemoryLog({ clock: systemClock, streams })
  const publish = (tenant: string, type: string, data: unknown) =>
    log.append({ subject: `ingest.${tenant}.${type}.k`, body: Buffer.from(JSON.stringify(data)) })
  return { log, publish }
}

const like = (postId: string) => ({ postId, userId: "u", region: "eu" })

/** The first batch with anything in it. */
async function first(log: MemoryLog, query: TailQuery): Promise<TailBatch> {
  const stop = new AbortController()
  for await (const batch of tailLog(
    { log, registry, generation: GENERATION, names: async () => NO_NAMES },
    query,
    stop.signal,
  )) {
    if (batch.events.length > 0) return batch
  }
  throw new Error("it ended")
}

test("events are told as they were read, and what could not be read says why", async () => {
  const { log, publish } = newLog()
  await publish("demo", "post_liked", like("p1"))
  await publish("demo", "post_liked", { postId: 7 })
  const { events, skipped } = await first(log, { of: "ingest", from: 1, newest: false })
  expect(skipped).toBe(0)
  expect(events[0]).toMatchObject({ tenant: "demo", type: "post_liked", key: "p1", data: like("p1"), refused: null })
  const refused = expect.stringMatching(/postId/)
  expect(events[1]).toMatchObject({ sequence: 2, type: "post_liked", data: null, refused })
})

test("only the tenant and type that were asked for", async () => {
  const { log, publish } = newLog()
  await publish("other", "post_liked", like("p1"))
  await publish("demo", "simple_event", { eventType: "t", eventData: "d" })
  await publish("demo", "post_liked", like("p2"))
  const { events } = await first(log, { of: "ingest", from: 1, newest: false, tenant: "demo", type: "post_liked" })
  expect(events).toMatchObject([{ key: "p2" }])
})

test("without a sequence it begins with what comes next", async () => {
  const { log, publish } = newLog()
  await publish("demo", "post_liked", like("before"))
  const stop = new AbortController()
  const following = tailLog(
    { log, registry, generation: GENERATION, names: async () => NO_NAMES },
    { of: "ingest", newest: false },
    stop.signal,
  )
  const next = following.next()
  const later = log.bounds("INGEST").then(() => publish("demo", "post_liked", like("after")))
  const batch = (await next).value
  await later
  expect(batch?.events).toMatchObject([{ key: "after" }])
  await following.return(undefined)
})

test("one that wants the newest passes over the rest, and says how many", async () => {
  const { log, publish } = newLog()
  const extra = 5
  for (let n = 1; n <= TAIL_NEWEST_MESSAGES_MAX + extra; n++) await publish("demo", "post_liked", like(`p${n}`))
  const { events, skipped } = await first(log, { of: "ingest", from: 1, newest: true })
  expect(skipped).toBe(extra)
  expect(events[0]?.sequence).toBe(extra + 1)
})
