import { expect, test } from "vitest"
import { ManualClock } from "../../base/clock.manual.ts"
import { DEV_SETTLE_MOST_MS, DEV_SETTLE_QUIET_MS } from "../../base/limits.ts"
import { Settling } from "./settle.ts"

function settling(run: () => Promise<void> = async () => {}) {
  const clock = new ManualClock()
  let runs = 0
  const settle = new Settling(clock, () => {
    runs++
    return run()
  })
  return { clock, settle, runs: () => runs }
}

test("D1 a burst of changes is one run, once it is quiet", async () => {
  const { clock, settle, runs } = settling()
  for (let i = 0; i < 5; i++) {
    settle.changed()
    await clock.elapse(DEV_SETTLE_QUIET_MS - 1)
  }
  expect(runs()).toBe(0)
  await clock.elapse(1)
  expect(runs()).toBe(1)
  await clock.elapse(DEV_SETTLE_MOST_MS)
  expect(runs()).toBe(1)
})

test("D1 changes without an end are cut", async () => {
  const { clock, settle, runs } = settling()
  for (let ms = 0; ms <= DEV_SETTLE_MOST_MS; ms += DEV_SETTLE_QUIET_MS / 2) {
    settle.changed()
    await clock.elapse(DEV_SETTLE_QUIET_MS / 2)
  }
  expect(runs()).toBe(1)
})

test("D2 what changes during a run is one more run after it", async () => {
  const ended: (() => void)[] = []
  const { clock, settle, runs } = settling(() => new Promise((resolve) => ended.push(resolve)))
  settle.changed()
  await clock.elapse(DEV_SETTLE_QUIET_MS)
  settle.changed()
  settle.changed()
  await clock.elapse(DEV_SETTLE_MOST_MS)
  expect(runs()).toBe(1)
  ended.shift()?.()
  await clock.elapse(DEV_SETTLE_MOST_MS)
  expect(runs()).toBe(2)
})

test("closed, it waits for the run that goes on, and begins no other", async () => {
  const ended: (() => void)[] = []
  const { clock, settle, runs } = settling(() => new Promise((resolve) => ended.push(resolve)))
  settle.changed()
  await clock.elapse(DEV_SETTLE_QUIET_MS)
  settle.changed()
  const closed = settle.close()
  ended.shift()?.()
  await closed
  await clock.elapse(DEV_SETTLE_MOST_MS)
  settle.changed()
  await clock.elapse(DEV_SETTLE_MOST_MS)
  expect(runs()).toBe(1)
})
