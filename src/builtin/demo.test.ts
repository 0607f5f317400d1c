import { expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { silentLogger } from "../base/log.ts"
import { createMetrics } from "../base/metrics.ts"
import { seededRandom } from "../base/random.ts"
import { createClient, type Message, type Outcome, type Transport } from "../client/index.ts"
import { decodeBatch } from "../wire/batch.ts"
import { parseIngest } from "../wire/subject.ts"
import { playTraffic } from "./demo.ts"

/** Takes everything and answers when told. */
class HeldTransport implements Transport {
  readonly messageBytesMax = 1_000_000
  readonly held: (() => void)[] = []
  readonly messages: Message[] = []
  closed = false
  outcome: Outcome = { tag: "stored", sequence: 1, duplicate: false }
  send(message: Message, settle: (outcome: Outcome) => void): void {
    this.messages.push(message)
    this.held.push(() => settle(this.outcome))
  }
  async close(): Promise<void> {
    this.closed = true
  }
  settleAll(): void {
    for (const settle of this.held.splice(0)) settle()
  }
}

function started(ratePerSecond: number, inFlightEventsMax = 10_000) {
  const clock = new ManualClock()
  const random = seededRandom(1)
  const metrics = createMetrics()
  const transport = new HeldTransport()
  const client = createClient({ transport, clock, random, options: { inFlightEventsMax } })
  const demo = playTraffic(client, { clock, random, metrics, ratePerSecond, logger: silentLogger })
  const counts = async () => {
    const family = (await metrics.families()).find(({ name }) => name === "millrace_demo_events_total")
    return Object.fromEntries(family?.samples.map(({ labels, value }) => [labels.outcome, value]) ?? [])
  }
  return { clock, transport, demo, counts }
}

async function goOn(clock: ManualClock, transport: HeldTransport, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 10) {
    await clock.elapse(10)
    transport.settleAll()
  }
  await clock.elapse(0)
}

test("traffic flows at its rate, in the tenant demo, and a drain closes the client", async () => {
  const { clock, transport, demo, counts } = started(200)
  await goOn(clock, transport, 5_000)
  const drained = demo.drain()
  await goOn(clock, transport, 100)
  await drained
  const published = (await counts()).published!
  expect(published).toBeGreaterThan(980)
  expect(published).toBeLessThanOrEqual(1_000)
  expect(new Set(transport.messages.map(({ subject }) => parseIngest(subject)?.tenant))).toEqual(new Set(["demo"]))
  expect(transport.closed).toBe(true)
  const events = transport.messages
    .map(({ body }) => decodeBatch(body))
    .map((each) => (each.tag === "batch" ? each.events.length : 1))
  expect(events.reduce((a, b) => a + b)).toBe(published)
})

test("a log that does not answer is not pushed: what finds no room is left out, not kept for later", async () => {
  const { clock, transport, demo, counts } = started(200, 50)
  await clock.elapse(2_000)
  const { left_out: leftOut = 0 } = await counts()
  expect(leftOut).toBeGreaterThan(200)
  await goOn(clock, transport, 1_000)
  const { published = 0 } = await counts()
  expect(published).toBeGreaterThan(150)
  expect(published).toBeLessThan(300)
  const drained = demo.drain()
  await goOn(clock, transport, 100)
  await drained
})

test("refusals are counted, and end nothing", async () => {
  const { clock, transport, demo, counts } = started(100)
  transport.outcome = { tag: "refused", reason: "no stream takes this" }
  await goOn(clock, transport, 1_000)
  transport.outcome = { tag: "stored", sequence: 1, duplicate: false }
  await goOn(clock, transport, 1_000)
  const { refused = 0, published = 0 } = await counts()
  expect([refused > 50, published > 50]).toEqual([true, true])
  const drained = demo.drain()
  await goOn(clock, transport, 100)
  await drained
})
