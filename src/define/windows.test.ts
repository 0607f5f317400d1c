import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { durationName, parseDuration } from "./duration.ts"
import {
  intervalAt,
  type Session,
  type Sliding,
  session,
  sessionsMeet,
  slicesOf,
  sliding,
  spanning,
  type Timed,
  tumbling,
  windowEndingAt,
  windowLabel,
  windowName,
} from "./windows.ts"

const timed = (window: ReturnType<typeof tumbling>): Timed => {
  if (window.kind === "malformed" || window.kind === "inherited") throw new Error(`${window.kind} window`)
  return window
}
const time = fc.integer({ min: -(10 ** 13), max: 10 ** 13 })

describe("windows", () => {
  it("have the names that tables and queries promise", () => {
    const all = [
      tumbling("1 minute"),
      sliding("1 hour", "5 minutes"),
      session({ gap: "15 minutes", max: "12 hours" }),
      tumbling("90 seconds"),
      tumbling("24 hours"),
    ].map(timed)
    expect(all.map(windowName)).toEqual(["1m", "1h_by_5m", "session_15m", "90s", "1d"])
    expect(all.slice(0, 3).map(windowLabel)).toEqual(["TUMBLING_1M", "SLIDING_1H_BY_5M", "SESSION_15M"])
  })

  it("W1: hold the time they were made for, and begin and end where the next ones do", () => {
    const windows = [tumbling("1 minute"), sliding("1 hour", "5 minutes")].map(timed)
    fc.assert(
      fc.property(fc.constantFrom(...windows), time, (window, at) => {
        const { start, end } = intervalAt(window, at)
        expect(start <= at && at < end).toBe(true)
        expect(intervalAt(window, end).start).toBe(end)
        expect(intervalAt(window, start)).toEqual({ start, end })
      }),
    )
  })

  it("slide so that each slice is in as many windows as there are slices in one", () => {
    const window = timed(sliding("1 hour", "5 minutes")) as Sliding
    const slice = intervalAt(window, 1_000_000_007)
    const windows = Array.from({ length: slicesOf(window) }, (_, i) =>
      windowEndingAt(window, slice.end + i * window.byMs),
    )
    expect(windows).toHaveLength(12)
    expect(windows.every(({ start, end }) => start <= slice.start && slice.end <= end)).toBe(true)
    expect(windowEndingAt(window, slice.end + 12 * window.byMs).start).toBe(slice.end)
  })

  it("W2: sessions are the same in whatever order they merge, and never cross a multiple of their max", () => {
    const window = timed(session({ gap: "15 minutes", max: "12 hours" })) as Session
    const merged = (times: readonly number[]) => {
      const sessions: { start: number; end: number }[] = []
      for (const at of times) {
        let mine = intervalAt(window, at)
        for (let i = sessions.length - 1; i >= 0; i--) {
          if (sessionsMeet(window, sessions[i]!, mine)) mine = spanning(mine, sessions.splice(i, 1)[0]!)
        }
        sessions.push({ ...mine })
      }
      return sessions.toSorted((a, b) => a.start - b.start)
    }
    const times = fc.array(
      fc.integer({ min: -100, max: 2_000 }).map((minutes) => minutes * 60_000),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(times, (all) => {
        const sessions = merged(all)
        expect(merged(all.toReversed())).toEqual(sessions)
        for (const { start, end } of sessions) {
          expect(Math.floor((end - 1) / window.maxMs)).toBe(Math.floor(start / window.maxMs))
        }
      }),
    )
  })

  it("read durations of whole seconds, and nothing else", () => {
    expect(["1 second", "1.5 minutes", "2 hours", "1 day"].map(parseDuration)).toEqual([1e3, 9e4, 7.2e6, 8.64e7])
    const others = ["", "1", "minute", "-1 minute", "1 fortnight", "0.5 seconds", "1e3 days", "1  day"]
    expect(others.map(parseDuration)).toEqual(others.map(() => undefined))
    expect([60_000, 5_400_000, 86_400_000, 1_000].map(durationName)).toEqual(["1m", "90m", "1d", "1s"])
  })
})
