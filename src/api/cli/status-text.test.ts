import { expect, test } from "vitest"
import { ENGINE, LOG } from "../gateway/testing/sources.ts"
import type { StatusReport } from "../report.ts"
import { statusText } from "./status-text.ts"

const REPORT: StatusReport = {
  ...ENGINE,
  ...{ version: 1, at: "2026-01-01T00:00:02.000Z", millrace: "1.2.3", uptimeMs: 5_000, ready: true },
  ...{ checks: [], servers: [], roles: [], log: LOG, engineUnknown: null },
}

test("lanes, shards, runners and counts stand in it, and counts are shown to add up", () => {
  const text = statusText(REPORT, "http://here")
  expect(text).toContain("Generation 1, 2 shards, code 0123456789abcdef")
  expect(text).toMatch(/^ {2}0 +last 7 +taken 7 +lag 0 +r1$/m)
  expect(text).toMatch(/^ {2}stray +last 0/m)
  expect(text).toMatch(
    /^ {2}1 +epoch 3 +frame 40 +lag 5 +r1 +snapshot 8 s old, 3 behind +watermark 2026-01-01T00:00:00.000Z \(1 min behind\)/m,
  )
  expect(text).toContain("7 = 5 routed + 1 duplicate + 1 dead")
  expect(text).toContain("9 = 8 applied + 1 late + 0 dead")
})

test("what is missing is said, not left out", () => {
  const nobody = { ...REPORT, runners: [], shards: ENGINE.shards.map((shard) => ({ ...shard, owner: null })) }
  expect(statusText(nobody, "http://here")).toMatch(/none: nothing routes.*\n(.|\n)*epoch 3 .* NOBODY/)
  const unknown = { ...REPORT, generation: null, counts: null, lanes: [], shards: [], engineUnknown: "it is away" }
  expect(statusText(unknown, "http://here")).toContain("The engine cannot be read: it is away")
  const events = { ...ENGINE.counts!.events, addsUp: false }
  const off = { ...REPORT, counts: { ...ENGINE.counts!, events } }
  expect(statusText(off, "http://here")).toContain("7 IS NOT 5 routed")
})
