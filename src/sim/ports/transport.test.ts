import { describe, expect, test } from "vitest"
import type { Message, Outcome } from "../../client/transport.ts"
import { type FaultPlan, NO_FAULTS } from "../faults.ts"
import { openLog, readAll } from "../ingest.ts"
import { Life } from "../process.ts"
import { World } from "../world.ts"
import { simulatedTransport } from "./transport.ts"

function wired(messages: Partial<FaultPlan["messages"]> = {}) {
  const world = new World(1, { ...NO_FAULTS, messages: { ...NO_FAULTS.messages, ...messages } })
  const { server, log } = openLog(world)
  const transport = simulatedTransport(server.connect(world.weather, new Life(world.scheduler, "client")), log)
  const outcomes: Outcome[] = []
  const send = (change: Partial<Message> = {}) =>
    transport.send(
      { subject: "ingest.acme.liked.p1", headers: { "Nats-Msg-Id": "acme/1" }, body: Uint8Array.of(1), ...change },
      (outcome) => outcomes.push(outcome),
    )
  return { world, server, log, transport, outcomes, send, rest: () => world.scheduler.run({ untilIdle: true }) }
}

describe("the simulated transport", () => {
  test("stored is said of what is in the log, and a repeat of an id is a duplicate (T1, T2)", async () => {
    const { log, outcomes, send, rest } = wired()
    send()
    expect(outcomes).toEqual([])
    await rest()
    send()
    await rest()
    expect(outcomes).toEqual([
      { tag: "stored", sequence: 1, duplicate: false },
      { tag: "stored", sequence: 1, duplicate: true },
    ])
    expect(await readAll(log)).toHaveLength(1)
  })

  test("what the sender does with its buffer after sending changes nothing", async () => {
    const { log, send, rest } = wired()
    const body = Uint8Array.of(1)
    send({ body })
    body[0] = 2
    await rest()
    expect((await readAll(log))[0]?.body[0]).toBe(1)
  })

  test("a lost answer is unknown, and the message may be there", async () => {
    const { log, outcomes, send, rest } = wired({ lostAnswer: 1 })
    send()
    await rest()
    expect(outcomes).toMatchObject([{ tag: "unknown", maybeStored: true }])
    expect(await readAll(log)).toHaveLength(1)
  })

  test("without a connection nothing is sent, and that is certain", async () => {
    const { server, log, outcomes, send, rest } = wired()
    server.goAway()
    send()
    expect(outcomes).toEqual([])
    await rest()
    expect(outcomes).toMatchObject([{ tag: "unknown", maybeStored: false }])
    expect(await readAll(log)).toEqual([])
  })

  test("a full log says so, and so does one that will never take it", async () => {
    const { log, outcomes, send, rest } = wired()
    log.setOpen("INGEST", false)
    send()
    await rest()
    send({ subject: "elsewhere.p1" })
    await rest()
    expect(outcomes).toMatchObject([{ tag: "full" }, { tag: "refused" }])
  })

  test("closing settles what is in flight, once, as unknown (T1)", async () => {
    const { transport, outcomes, send, rest } = wired()
    send()
    await transport.close()
    await rest()
    expect(outcomes).toMatchObject([{ tag: "unknown", maybeStored: true }])
  })
})
