/**
 * Traffic through the SDK while runners and the log's server are killed at random moments: at the end the counts add up,
 * and every total is that of an independent count. MILLRACE_TEST_KILLS=10 for a long run.
 */

import { rmSync } from "node:fs"
import { resolve } from "node:path"
import { afterEach, expect, test } from "vitest"
import { sleep, systemClock } from "./base/clock.ts"
import { LANES } from "./base/limits.ts"
import { below, type Random, seededRandom } from "./base/random.ts"
import { Traffic, type TrafficEvent } from "./builtin/traffic/traffic.ts"
import { type Client, connect } from "./client/index.ts"
import { Program } from "./local/testing/program.ts"
import { startTestNats, type TestServer, temporaryFolder } from "./local/testing/servers.ts"
import { knownActors } from "./runner.actors.ts"
import { FrameReader } from "./streams/frame.read.ts"
import type { FrameHead } from "./streams/frame.ts"
import type { Log } from "./streams/log.ts"
import { CONTROL_BUCKET, outboxStream } from "./streams/names.ts"
import { openNatsLog } from "./streams/nats/log.ts"
import { openNatsStore } from "./streams/nats/store.ts"
import { applyTopology } from "./streams/nats/topology.ts"
import { decodeLaneCheckpoint } from "./streams/route/lane-checkpoint.ts"
import { laneCheckpointKey } from "./streams/route/router.ts"
import { routesOf } from "./streams/route/routes.ts"
import type { Store } from "./streams/store.ts"
import { planTopology } from "./streams/topology.ts"
import { viewsOf } from "./streams/views.ts"
import { connectNats } from "./wire/nats/connection.ts"

const KILLS = Number(process.env.MILLRACE_TEST_KILLS ?? 3)
const SEED = Number(process.env.MILLRACE_TEST_SEED ?? 5)
const RUNNERS = 2
const PORTION = 200
const ENTRY = resolve(import.meta.dirname, "../bin/millrace.js")
const DISK_BYTES = 3 * 1024 ** 3
/** Nobody sends it. */
const EMITTED = "sensor_alert"
const SETTLES_WITHIN_MS = 90_000

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
})

async function openedLog(url: string) {
  const connection = await connectNats({ url, name: "test" })
  const topology = planTopology({ generation: 1, diskBytes: DISK_BYTES, replicas: 1 })
  await applyTopology({ connection, declared: topology })
  const log = await openNatsLog({ connection })
  const control = await openNatsStore({ connection, bucket: CONTROL_BUCKET })
  ends.push(async () => {
    await log.close()
    control.close()
    await connection.close()
  })
  return { log, control }
}

async function startRunner(nats: TestServer): Promise<Program> {
  const dir = temporaryFolder()
  const settings = { MILLRACE_NATS_URL: nats.url, MILLRACE_DIR: dir, MILLRACE_METRICS_PORT: "0" }
  const runner = new Program([ENTRY, "runner"], { ...process.env, ...settings })
  ends.push(async () => {
    runner.signal("SIGKILL")
    await runner.ended()
    rmSync(dir, { recursive: true, force: true })
  })
  await runner.says(/"message":"ready"/)
  return runner
}

/** What was acknowledged, counted on the way out. */
class Sent {
  acknowledged = 0
  readonly ids = new Map<string, Set<string>>()
  readonly views = new Map<string, Set<string>>()
  readonly #stop = new AbortController()

  async send(client: Client, traffic: Traffic): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const events = Array.from({ length: PORTION }, () => traffic.next(systemClock.now()))
      await client.publishAll(events)
      this.acknowledged += events.length
      for (const event of events) this.#count(event)
      await sleep(systemClock, 20)
    }
  }

  stop(): void {
    this.#stop.abort()
  }

  #count({ type, key, id }: TrafficEvent): void {
    add(this.ids, type, `${key}/${id}`)
    if (type === "page_viewed") add(this.views, key, id)
  }
}

function add(sets: Map<string, Set<string>>, name: string, id: string): void {
  const set = sets.get(name) ?? new Set()
  sets.set(name, set.add(id))
}

const sizes = (sets: ReadonlyMap<string, ReadonlySet<string>>) =>
  new Map([...sets].map(([name, { size }]) => [name, size]))

interface Outbox {
  readonly heads: readonly FrameHead[]
  /** By view and key: the first column of the newest row of totals. */
  readonly totals: ReadonlyMap<string, ReadonlyMap<string, unknown>>
}

async function readOutbox(log: Log): Promise<Outbox> {
  const { definitions } = await knownActors(undefined)
  const views = viewsOf(routesOf(definitions).actors)
  const { first, last } = await log.bounds(outboxStream(1))
  const reader = await log.read({ stream: outboxStream(1), from: first })
  const heads: FrameHead[] = []
  const totals = new Map<string, Map<string, unknown>>()
  for (let upto = first - 1; upto < last; upto = reader.upto) {
    for (const { body } of await reader.next(256, 1_000)) {
      const frame = new FrameReader(body)
      heads.push(frame.head())
      for (const { view, rows } of frame.views()) {
        const name = views[view]!.name
        const keys = totals.get(name) ?? new Map<string, unknown>()
        totals.set(name, keys)
        for (const { key, window, values } of rows) if (window === null) keys.set(key, values?.[0])
      }
    }
  }
  await reader.close()
  return { heads, totals }
}

const totalsOf = ({ totals }: Outbox, view: string) => new Map([...(totals.get(view) ?? new Map())])

const withoutEmitted = (totals: ReadonlyMap<string, unknown>) =>
  new Map([...totals].filter(([type]) => type !== EMITTED))

async function settled(log: Log, wanted: ReadonlyMap<string, number>): Promise<Outbox> {
  const until = systemClock.monotonicMs() + SETTLES_WITHIN_MS
  for (;;) {
    const outbox = await readOutbox(log)
    const found = totalsOf(outbox, "event_counts_totals")
    const done = [...wanted].every(([type, count]) => found.get(type) === count)
    if (done || systemClock.monotonicMs() > until) return outbox
    await sleep(systemClock, 500)
  }
}

function expectChains(heads: readonly FrameHead[]): void {
  const last = new Map<number, FrameHead>()
  for (const head of heads) {
    const before = last.get(head.shard)
    expect(head.n).toBe((before?.n ?? 0) + 1)
    if (before !== undefined) expect(head.from).toEqual(before.to)
    last.set(head.shard, head)
  }
}

/** Of all lanes, as their checkpoints say once they rest. */
async function acceptedBy(control: Store, wanted: number): Promise<number> {
  const until = systemClock.monotonicMs() + 10_000
  for (;;) {
    let accepted = 0
    for (let lane = 0; lane < LANES; lane++) {
      const entry = await control.get(laneCheckpointKey(1, lane))
      if (entry === undefined) continue
      const { counts } = decodeLaneCheckpoint(entry.value).state
      expect(counts.routed + counts.repeated + counts.rejected).toBe(counts.accepted)
      accepted += counts.accepted
    }
    if (accepted === wanted || systemClock.monotonicMs() > until) return accepted
    await sleep(systemClock, 250)
  }
}

async function disturb(nats: TestServer, runners: Program[], random: Random): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(systemClock, 800 + below(random, 1_500))
    if (kill % 3 === 1) {
      await nats.kill9()
      await sleep(systemClock, below(random, 800))
      await nats.restart()
    } else {
      const [victim] = runners.splice(below(random, runners.length), 1)
      victim?.signal("SIGKILL")
      await victim?.ended()
      runners.push(await startRunner(nats))
    }
  }
  await sleep(systemClock, 1_000)
}

test(`A1 A6 ${KILLS} kills of runners and of NATS under load: every acknowledged event counts once`, {
  timeout: 120_000 + KILLS * 20_000,
}, async () => {
  const nats = await startTestNats()
  ends.push(() => nats.stop())
  const { log, control } = await openedLog(nats.url)
  const runners = await Promise.all(Array.from({ length: RUNNERS }, () => startRunner(nats)))
  const client = await connect({ url: nats.url, name: "test-traffic", tenant: "acme" })
  ends.push(() => client.close())
  const sent = new Sent()
  const sending = sent.send(client, new Traffic(seededRandom(SEED), { tenants: ["acme"] }))
  await disturb(nats, runners, seededRandom(SEED))
  sent.stop()
  await sending
  const outbox = await settled(log, sizes(sent.ids))
  expect(withoutEmitted(totalsOf(outbox, "event_counts_totals"))).toEqual(sizes(sent.ids))
  expect(totalsOf(outbox, "page_traffic_totals")).toEqual(sizes(sent.views))
  expectChains(outbox.heads)
  for (const { counts } of new Map(outbox.heads.map((head) => [head.shard, head])).values()) {
    expect(counts.applied + counts.late + counts.dead).toBe(counts.delivered)
  }
  expect(await acceptedBy(control, sent.acknowledged)).toBe(sent.acknowledged)
})
