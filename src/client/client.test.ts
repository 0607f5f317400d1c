import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { seededRandom } from "../base/random.ts"
import { laneOf } from "../wire/lane.ts"
import { decodePosition } from "../wire/position.ts"
import { PartlyPublished } from "./calls.ts"
import { type Client, createClient } from "./client.ts"
import type { EventToPublish } from "./event.ts"
import { PublishFailed } from "./failures.ts"
import type { ClientOptions } from "./options.ts"
import { eventsOf, MemoryTransport } from "./testing/memory-log.ts"

interface Bench {
  readonly client: Client
  readonly transport: MemoryTransport
  readonly clock: ManualClock
}

function bench(options: ClientOptions = {}, messageBytesMax?: number): Bench {
  const transport = new MemoryTransport(messageBytesMax)
  const clock = new ManualClock()
  return { client: createClient({ transport, clock, random: seededRandom(1), options }), transport, clock }
}

const liked = (n: number, key = `post-${n}`): EventToPublish => ({ type: "liked", key, data: { key, n } })

const failureOf = (promise: Promise<unknown> | undefined) =>
  Promise.resolve(promise).then(
    () => expect.fail("it was published"),
    (error: unknown) => error,
  )

describe("a publish", () => {
  it("resolves only once its event was acknowledged, with its id and lane", async () => {
    const { client, transport, clock } = bench()
    let done = false
    const published = client.publish({ ...liked(1), id: "e1" })
    void published.then(() => {
      done = true
    })
    await clock.elapse(100)
    expect([transport.sent.length, done]).toEqual([1, false])
    transport.answer("stored")
    const { id, position } = await published
    expect(id).toBe("e1")
    expect(decodePosition(position)).toEqual(new Map([[laneOf("default", "post-1"), 1]]))
  })

  it("shares a message with others of its lane, after lingering", async () => {
    const { client, transport, clock } = bench({ lingerMs: 5 })
    const receipts = client.publishAll([liked(1, "a"), liked(2, "a"), liked(3, "a")])
    await clock.elapse(4)
    expect(transport.sent).toEqual([])
    await clock.elapse(1)
    transport.answer("stored")
    const [first] = transport.sent
    expect(transport.sent.length).toBe(1)
    expect((await receipts).map(({ id }) => id)).toEqual(eventsOf(first!).map(({ id }) => id))
  })

  it("as a single message carries its event's headers, and an id of the message's own", async () => {
    const { client, transport, clock } = bench({ messages: "single", tenant: "acme" })
    const published = client.publish({ ...liked(1, "a b"), id: "order 7", time: "2026-03-01T12:00:00Z", version: 2 })
    transport.answer("stored")
    await published
    const [{ subject, headers }] = transport.sent as [(typeof transport.sent)[0]]
    expect(subject).toBe("ingest.acme.liked.a%20b")
    expect(headers).toMatchObject({
      "Millrace-Id": "order 7",
      "Millrace-Time": String(Date.parse("2026-03-01T12:00:00Z")),
      "Millrace-Schema": "2",
    })
    expect(headers["Nats-Msg-Id"]).toMatch(/^acme\//)
    expect(headers["Nats-Msg-Id"]).not.toContain("order")
    await clock.elapse(1)
  })

  it("takes the data as it is at the call, whatever becomes of the object", async () => {
    const { client, transport } = bench({ lingerMs: 0 })
    const first = client.publish(liked(0, "a"))
    const data = { n: 1 }
    const second = client.publish({ type: "liked", key: "a", data })
    data.n = 2
    transport.answer("stored")
    transport.answer("stored")
    await Promise.all([first, second])
    expect(transport.stored.map(({ data }) => data)).toEqual([{ key: "a", n: 0 }, { n: 1 }])
  })
})

describe("at the door", () => {
  it("an event that cannot be published is refused with the reason, and nothing is sent", async () => {
    const { client, transport, clock } = bench()
    const bad: [Partial<EventToPublish>, string][] = [
      [{ type: "a.b" }, "the type"],
      [{ type: "_batch" }, "reserved"],
      [{ tenant: "a b" }, "the tenant"],
      [{ key: "" }, "the key is empty"],
      [{ id: "a\nb" }, "control characters"],
      [{ version: 0 }, "version"],
      [{ time: "soon" }, "the time"],
      [{ time: Number.NaN }, "the time"],
      [{ data: [1] }, "the data must be an object"],
      [{ data: { f: () => 1 } }, "function"],
    ]
    for (const [part, reason] of bad) {
      const failure = await failureOf(client.publish({ ...liked(1), ...part }))
      expect(failure).toBeInstanceOf(PublishFailed)
      expect(failure).toMatchObject({ why: "invalid", verdict: "refuse", maybeStored: false })
      expect(String(failure)).toContain(reason)
    }
    await clock.elapse(100)
    expect(transport.sent).toEqual([])
  })

  it.for(["batched", "single"] as const)("an event too large for a message is refused, %s", async (messages) => {
    const { client } = bench({ messages }, 4_096)
    const failure = await failureOf(client.publish({ type: "liked", key: "a", data: { text: "x".repeat(4_096) } }))
    expect(failure).toMatchObject({ why: "too_large", maybeStored: false })
  })

  it("events wait while there is no room, and go on in their order", async () => {
    const { client, transport, clock } = bench({ inFlightEventsMax: 2, lingerMs: 0 })
    const all = client.publishAll([1, 2, 3, 4, 5].map((n) => liked(n, "a")))
    expect(client.tryPublish(liked(6, "a"))).toBeUndefined()
    expect(client.stats()).toMatchObject({ inFlightEvents: 2, waitingCalls: 1 })
    while (client.stats().accepted < 5 || transport.open.length > 0) {
      transport.answer("stored")
      await clock.elapse(1)
    }
    await all
    expect(transport.stored.map(({ data }) => data)).toEqual([1, 2, 3, 4, 5].map((n) => ({ key: "a", n })))
    expect(client.tryPublish(liked(6, "a"))).toBeInstanceOf(Promise)
  })

  it("calls beyond those that may wait are turned away", async () => {
    const { client } = bench({ inFlightEventsMax: 1, waitingCallsMax: 1 })
    void client.publish(liked(1))
    void client.publish(liked(2))
    expect(await failureOf(client.publish(liked(3)))).toMatchObject({ why: "crowded", verdict: "retry" })
  })

  it("a call that finds no room in time fails, and was certainly not stored", async () => {
    const { client, clock } = bench({ inFlightEventsMax: 1, deliverWithinMs: 1_000 })
    void client.publish(liked(1))
    const waiting = failureOf(client.publish({ ...liked(2), id: "e2" }))
    await clock.elapse(1_000)
    expect(await waiting).toMatchObject({ why: "expired", id: "e2", maybeStored: false })
  })
})

describe("a message that was not stored", () => {
  it("is sent again byte by byte the same, later each time", async () => {
    const { client, transport, clock } = bench()
    const published = client.publish(liked(1))
    await clock.elapse(1)
    const waits: number[] = []
    for (const kind of ["full", "lost", "lost answer", "stored"] as const) {
      transport.answer(kind)
      for (let ms = 0; kind !== "stored" && transport.open.length === 0; ms++) {
        await clock.elapse(1)
        waits[transport.sent.length] = ms
      }
    }
    await published
    expect(new Set(transport.sent).size).toBe(1)
    expect(transport.stored.length).toBe(1)
    expect(waits[2]! < waits[3]! && waits[3]! < waits[4]!).toBe(true)
    expect(client.stats()).toMatchObject({ stored: 1, retries: 3, full: 1, duplicates: 1 })
  })

  it("and is refused fails at once, with those that shared it", async () => {
    const { client, transport, clock } = bench()
    const failure = failureOf(client.publishAll([liked(1, "a"), liked(2, "a")]))
    await clock.elapse(1)
    transport.answer("refused")
    const partly = await failure
    expect(partly).toBeInstanceOf(PartlyPublished)
    expect(partly).toMatchObject({ verdict: "refuse", results: [{ why: "refused" }, { maybeStored: false }] })
  })

  it.for([
    ["full", false],
    ["lost", false],
    ["lost answer", true],
  ] as const)("in time fails; after %s it says whether it may be stored: %s", async ([kind, maybeStored]) => {
    const { client, transport, clock } = bench({ deliverWithinMs: 3_000 })
    const failure = failureOf(client.publish({ ...liked(1), id: "e1" }))
    for (let ms = 0; ms < 3_000; ms += 100) {
      await clock.elapse(100)
      transport.answer(kind)
    }
    await clock.elapse(1_000)
    expect(await failure).toMatchObject({ why: "expired", verdict: "retry", maybeStored, id: "e1" })
    expect(client.stats()).toMatchObject({ inFlightEvents: 0, inFlightBytes: 0, failed: 1 })
  })

  it("lets the others of a publishAll be stored, and tells which was which", async () => {
    const { client, transport, clock } = bench()
    const failure = failureOf(client.publishAll([liked(1), { ...liked(2), type: "" }, liked(3)]))
    await clock.elapse(1)
    while (transport.open.length > 0) transport.answer("stored")
    expect(await failure).toMatchObject({
      results: [{ position: expect.any(String) }, { why: "invalid" }, { position: expect.any(String) }],
    })
  })
})

describe("flush", () => {
  it("sends what lingers and waits for all that was published before, not for what follows", async () => {
    const { client, transport, clock } = bench({ lingerMs: 1_000 })
    void client.publish(liked(1, "a"))
    let flushed = false
    const flushing = client.flush().then(() => {
      flushed = true
    })
    expect(transport.sent.length).toBe(1)
    void client.publish(liked(2, "b"))
    await clock.elapse(1)
    expect(flushed).toBe(false)
    transport.answer("stored")
    await flushing
    expect(client.stats().inFlightEvents).toBe(1)
  })
})

describe("close", () => {
  it("waits for what is in flight, then takes nothing more", async () => {
    const { client, transport, clock } = bench()
    const published = client.publish(liked(1))
    const closing = client.close()
    await clock.elapse(1)
    transport.answer("stored")
    await Promise.all([published, closing])
    expect(transport.closed).toBe(true)
    expect(await failureOf(client.publish(liked(2)))).toMatchObject({ why: "closed", maybeStored: false })
  })

  it("fails what does not end in time, and says what may be stored", async () => {
    const { client, transport, clock } = bench({ closeWithinMs: 500, inFlightEventsMax: 2 })
    const [sent, queued, waiting] = [1, 2, 3].map((n) => failureOf(client.publish(liked(n, "a"))))
    const closing = client.close()
    await clock.elapse(500)
    await closing
    expect(await sent).toMatchObject({ why: "closed", maybeStored: true })
    expect(await queued).toMatchObject({ why: "closed" })
    expect(await waiting).toMatchObject({ why: "closed", maybeStored: false })
    expect(client.stats()).toMatchObject({ inFlightEvents: 0, waitingCalls: 0 })
    transport.answer("stored")
  })
})

describe("whatever happens on the way", () => {
  const settings = fc.record({
    seed: fc.integer(),
    messages: fc.constantFrom("batched" as const, "single" as const),
    lingerMs: fc.constantFrom(0, 1, 20),
    inFlightEventsMax: fc.constantFrom(1, 7, 1_000),
    batchEventsMax: fc.constantFrom(1, 3, 100),
    keys: fc.integer({ min: 1, max: 12 }),
    events: fc.integer({ min: 1, max: 120 }),
  })

  it("each event is stored once, in the order of its key, and told so with its own id and place", async () => {
    await fc.assert(
      fc.asyncProperty(settings, async ({ seed, keys, events, ...options }) => {
        const random = seededRandom(seed)
        const { client, transport, clock } = bench({ ...options, deliverWithinMs: 300_000 })
        const receipts = Promise.all(Array.from({ length: events }, (_, n) => client.publish(liked(n, `k${n % keys}`))))
        let told = false
        const tell = () => {
          told = true
        }
        receipts.then(tell, tell)
        while (!told) {
          transport.answerByChance(random)
          await clock.elapse(Math.floor(random.next() * 3))
          if (transport.open.length === 0) await clock.elapse(25)
          expect(client.stats().inFlightEvents).toBeLessThanOrEqual(options.inFlightEventsMax)
        }
        const places = new Map(transport.stored.map(({ id, sequence, data }) => [id, { sequence, data }]))
        expect([places.size, transport.stored.length]).toEqual([events, events])
        for (const [n, { id, position }] of (await receipts).entries()) {
          const { sequence, data } = places.get(id)!
          expect(data).toEqual({ key: `k${n % keys}`, n })
          expect(decodePosition(position)).toEqual(new Map([[laneOf("default", `k${n % keys}`), sequence]]))
        }
        for (let key = 0; key < keys; key++) {
          const ofKey = transport.stored
            .map(({ data }) => Number(Reflect.get(Object(data), "n")))
            .filter((n) => n % keys === key)
          expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b))
        }
      }),
      { numRuns: 60 },
    )
  })
})
