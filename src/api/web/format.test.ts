import { expect, test } from "vitest"
import { clockTime, duration, percent, preview, rate, risePerSecond, size } from "./format.js"

test("sizes read in the unit that suits them", () => {
  expect([0, 1023, 1536, 150 * 1024, 5 * 1024 ** 3].map(size)).toEqual([
    "0 B",
    "1023 B",
    "1.5 KiB",
    "150 KiB",
    "5.0 GiB",
  ])
})

test("a share is never 0 % of something, nor 100 % of less than all", () => {
  expect([percent(0, 10), percent(1, 1000), percent(5, 10), percent(999, 1000), percent(10, 10)]).toEqual([
    "0 %",
    "<1 %",
    "50 %",
    ">99 %",
    "100 %",
  ])
})

test("a rate is unknown when time stood still or the counter fell", () => {
  expect(risePerSecond(10, 30, 2000)).toBe(10)
  expect(risePerSecond(10, 30, 0)).toBeNull()
  expect(risePerSecond(30, 10, 1000)).toBeNull()
  expect([rate(null), rate(0), rate(0.2), rate(12.4), rate(123_456)]).toEqual(["–", "0/s", "<1/s", "12/s", "123.5K/s"])
})

test("durations take two units at most", () => {
  expect([0, 59_000, 61_000, 3_720_000, 90_000_000].map(duration)).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "1 h 2 min",
    "1 d 1 h",
  ])
})

test("what is no time is shown as it came", () => {
  expect(clockTime("soon")).toBe("soon")
})

test("data is cut to its room", () => {
  expect(preview({ a: 1 }, 20)).toBe('{"a":1}')
  expect(preview("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`)
  expect(preview(undefined, 10)).toBe("")
})
