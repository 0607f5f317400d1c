import { expect, test } from "vitest"
import { ManualClock } from "../../base/clock.manual.ts"
import { silentLogger } from "../../base/log.ts"
import { tickSubject } from "../../wire/subject.ts"
import { STRAY_LANE } from "../lanes.ts"
import { MemoryLog } from "../memory/log.ts"
import { INGEST } from "../names.ts"
import { planTopology } from "../topology.ts"
import { nowOpen } from "./high-water.ts"
import { Ticks, wantedWatermark } from "./ticks.ts"

const NEVER = Number.NEGATIVE_INFINITY

test("lanes must reach the latest time that something waits for and that has come", () => {
  expect(wantedWatermark([[10, null], undefined, [30, 99]], 50)).toBe(30)
  expect(wantedWatermark([[60], [null]], 50)).toBe(NEVER)
})

function ticking() {
  const clock = new ManualClock()
  const { streams } = planTopology({ generation: 1, diskBytes: 1024 ** 3, replicas: 1 })
  const log = new MemoryLog({ clock, streams })
  const ticks = new Ticks({ log, clock, logger: silentLogger, generation: 1, shards: 1, outOfOrderMs: 2_000 })
  return { clock, log, ticks, count: async () => (await log.bounds(INGEST)).messages }
}

test("R8 an idle lane is ticked when a deadline has come that it has not reached, and only then", async () => {
  const { clock, log, ticks, count } = ticking()
  const deadline = clock.now() + 10_000
  ticks.saw(0, [deadline])
  await ticks.idle(3, 5_000, NEVER)
  expect(await count()).toBe(0)
  await clock.elapse(12_000)
  await ticks.idle(3, 1_000, NEVER)
  await ticks.idle(STRAY_LANE, 5_000, NEVER)
  await ticks.idle(3, 5_000, deadline)
  expect(await count()).toBe(0)
  await ticks.idle(3, 5_000, deadline - 1)
  await ticks.idle(3, 5_000, deadline - 1)
  expect(await count()).toBe(1)
  expect((await log.last(INGEST, tickSubject(3)))?.arrivedAt).toBe(clock.now())
})

test("between the marks the gate stays as it was", () => {
  expect([nowOpen(true, 0.75), nowOpen(false, 0.75)]).toEqual([true, false])
  expect([nowOpen(true, 0.81), nowOpen(false, 0.69)]).toEqual([false, true])
})
