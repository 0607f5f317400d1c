import { describe, expect, it } from "vitest"
import { figure, machine, percentile } from "./harness.ts"

describe("a figure", () => {
  it("is the median of its runs, to four digits", () => {
    expect(figure("rate", "events/s", [3, 1, 123_456.7])).toEqual({
      name: "rate",
      unit: "events/s",
      value: 3,
      runs: [3, 1, 123_500],
    })
    expect(figure("rate", "events/s", [1, 2, 3, 4]).value).toBe(2.5)
  })

  it("of the 99th percentile leaves one of a hundred above", () => {
    const values = Array.from({ length: 1_000 }, (_, i) => i + 1)
    expect(percentile(values, 0.99)).toBe(991)
    expect(percentile([5], 0.99)).toBe(5)
  })
})

it("the machine is told with its servers", () => {
  expect(machine({ nats: "2.15.2" })).toMatchObject({ node: process.versions.node, servers: { nats: "2.15.2" } })
})
