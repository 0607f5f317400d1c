/** What every Clock keeps to, run by the system's and by the simulator's. */

import { describe, expect, test } from "vitest"
import { type Clock, sleep } from "./clock.ts"

export interface ClockUnderTest {
  readonly clock: Clock
  /** Lets that much of the clock's own time go by, and whatever is due in it happen. */
  elapse(ms: number): Promise<void>
}

export function clockContract(name: string, open: () => ClockUnderTest): void {
  describe(`${name} as a clock`, () => {
    test("time goes forward, and both readings by the same amount", async () => {
      const { clock, elapse } = open()
      const before = { now: clock.now(), monotonic: clock.monotonicMs() }
      await elapse(20)
      expect(clock.monotonicMs() - before.monotonic).toBeGreaterThanOrEqual(19)
      expect(clock.now() - before.now).toBeGreaterThanOrEqual(19)
    })

    test("a timer fires once, not before its delay, never within the call that set it", async () => {
      const { clock, elapse } = open()
      const startedMs = clock.monotonicMs()
      const firedAfterMs: number[] = []
      clock.after(10, () => firedAfterMs.push(clock.monotonicMs() - startedMs))
      clock.after(0, () => firedAfterMs.push(clock.monotonicMs() - startedMs))
      expect(firedAfterMs).toEqual([])
      await elapse(40)
      expect(firedAfterMs).toHaveLength(2)
      expect(firedAfterMs[1]).toBeGreaterThanOrEqual(9)
    })

    test("timers fire in the order of their delays", async () => {
      const { clock, elapse } = open()
      const fired: number[] = []
      for (const delayMs of [30, 5, 15]) clock.after(delayMs, () => fired.push(delayMs))
      await elapse(60)
      expect(fired).toEqual([5, 15, 30])
    })

    test("a cancelled timer never fires; cancelling again, or after firing, does nothing", async () => {
      const { clock, elapse } = open()
      const fired: string[] = []
      const cancelled = clock.after(5, () => fired.push("cancelled"))
      const kept = clock.after(5, () => fired.push("kept"))
      cancelled.cancel()
      cancelled.cancel()
      await elapse(30)
      kept.cancel()
      expect(fired).toEqual(["kept"])
    })

    test("a timer set by a timer fires as well", async () => {
      const { clock, elapse } = open()
      let fired = 0
      clock.after(2, () => clock.after(2, () => fired++))
      await elapse(30)
      expect(fired).toBe(1)
    })

    test("a sleep ends with its delay, or at once when it is aborted", async () => {
      const { clock, elapse } = open()
      const woken: string[] = []
      const abort = new AbortController()
      const slept = sleep(clock, 10).then(() => woken.push("slept"))
      const aborted = sleep(clock, 3_600_000, abort.signal).then(() => woken.push("aborted"))
      abort.abort()
      await aborted
      expect(woken).toEqual(["aborted"])
      await elapse(30)
      await slept
      expect(woken).toEqual(["aborted", "slept"])
    })
  })
}
