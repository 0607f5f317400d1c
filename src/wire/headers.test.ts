import { describe, expect, it } from "vitest"
import { parseTime, readHeaders, whyBadId } from "./headers.ts"

const NOON = Date.parse("2026-03-01T12:00:00Z")

describe("an event's headers", () => {
  it("are all optional", () => {
    expect(readHeaders({})).toEqual({
      tag: "read",
      headers: { id: undefined, timeMs: undefined, schemaVersion: undefined, traceparent: undefined, encoding: "json" },
    })
  })

  it("are read whatever the case of their names", () => {
    const fields = {
      "millrace-id": "e1",
      "MILLRACE-TIME": "2026-03-01T12:00:00Z",
      "Millrace-Schema": "2",
      Traceparent: "00-a-b-01",
      "content-type": "application/msgpack; x=y",
    }
    expect(readHeaders(fields)).toEqual({
      tag: "read",
      headers: { id: "e1", timeMs: NOON, schemaVersion: 2, traceparent: "00-a-b-01", encoding: "msgpack" },
    })
  })

  it("that cannot be read are named with what was expected", () => {
    const reasons = [
      { "Millrace-Time": "yesterday" },
      { "Millrace-Schema": "0" },
      { "Millrace-Id": "" },
      { "Content-Type": "image/png" },
      { "Content-Type": "constructor" },
    ].map((fields) => readHeaders(fields))
    expect(reasons.map((read) => (read.tag === "bad" ? read.reason.split(" ", 2).join(" ") : read))).toEqual([
      'Millrace-Time "yesterday"',
      'Millrace-Schema "0"',
      "the id",
      'Content-Type "image/png"',
      'Content-Type "constructor"',
    ])
  })
})

describe("an event's time", () => {
  it("is ISO 8601 with a zone, or epoch milliseconds", () => {
    expect(parseTime("2026-03-01T13:00:00.000+01:00")).toBe(NOON)
    expect(parseTime("2026-03-01T12:00Z")).toBe(NOON)
    expect(parseTime(String(NOON))).toBe(NOON)
    expect(parseTime("-1")).toBe(-1)
  })

  it("is nothing else", () => {
    const others = [
      "",
      "2026-03-01",
      "2026-03-01T12:00:00",
      "2026-02-30T00:00:00Z",
      "2026-13-01T00:00Z",
      "1e3",
      "9999999999999999",
    ]
    expect(others.map(parseTime)).toEqual(others.map(() => undefined))
  })
})

it("an id may not break out of its header", () => {
  expect(whyBadId("a\r\nNats-Rollup: all")).toContain("control characters")
  expect(whyBadId(" a")).toContain("spaces at its ends")
  expect(whyBadId("a".repeat(257))).toContain("256")
  expect(whyBadId("order 7/ö")).toBeUndefined()
})
