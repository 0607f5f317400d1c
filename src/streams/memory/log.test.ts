import { expect, test } from "vitest"
import { ManualClock } from "../../base/clock.manual.ts"
import { logContract } from "../log.contract.ts"
import { LogFull } from "../log.ts"
import { planTopology } from "../topology.ts"
import { MemoryLog } from "./log.ts"
import type { CheckOrder } from "./stream.ts"

const orders: readonly CheckOrder[] = ["fence first", "id first"]
for (const order of orders) {
  logContract(`memory, ${order}`, async (streams) => {
    const clock = new ManualClock()
    const log = new MemoryLog({ clock, streams, order })
    return { log, elapse: (ms) => clock.elapse(ms), close: async () => {} }
  })
}

const { streams } = planTopology({ generation: 1, diskBytes: 2 ** 30, replicas: 1 })
const body = new Uint8Array(1)

test("a closed stream answers as a full one does, and keeps what it has", async () => {
  const log = new MemoryLog({ clock: new ManualClock(), streams })
  await log.append({ subject: "ingest.t.liked.k", body })
  log.setOpen("INGEST", false)
  await expect(log.append({ subject: "ingest.t.liked.k", body })).rejects.toBeInstanceOf(LogFull)
  await log.append({ subject: "outbox.1.0", body })
  log.setOpen("INGEST", true)
  expect(await log.append({ subject: "ingest.t.liked.k", body })).toMatchObject({ sequence: 2 })
})

test("another generation's streams come beside, and go with all they held", async () => {
  const log = new MemoryLog({ clock: new ManualClock(), streams })
  await log.append({ subject: "outbox.1.0", body })
  log.declare(planTopology({ generation: 2, diskBytes: 2 ** 30, replicas: 1 }).streams)
  expect(await log.append({ subject: "outbox.2.0", body })).toMatchObject({ stream: "OUTBOX_2", sequence: 1 })
  expect((await log.bounds("OUTBOX_1")).messages).toBe(1)
  log.drop("OUTBOX_1")
  await expect(log.append({ subject: "outbox.1.0", body })).rejects.toThrow("no stream takes this subject")
})

test("a body that its owner goes on writing to is stored as it was", async () => {
  const log = new MemoryLog({ clock: new ManualClock(), streams })
  const reused = Uint8Array.of(1)
  await log.append({ subject: "outbox.1.0", body: reused })
  reused[0] = 2
  expect([...((await log.get("OUTBOX_1", 1))?.body ?? [])]).toEqual([1])
})
