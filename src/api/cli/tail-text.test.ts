import { expect, test } from "vitest"
import { tailed } from "../gateway/testing/sources.ts"
import type { TailedFrame, TailedLetter } from "../report.ts"
import { tailText } from "./tail-text.ts"

const AT = "2026-01-01T00:00:00.000Z"

const FRAME: TailedFrame = {
  ...{ kind: "frame", stream: "OUTBOX_1", sequence: 9, arrivedAt: AT, shard: 3, epoch: 2, n: 7 },
  ...{ watermarks: [AT], counts: {}, facts: 0, late: 1, dead: 0 },
  views: [
    {
      view: "post_engagement_totals",
      rows: Array.from({ length: 7 }, (_, i) => {
        return { tenant: "demo", key: `p${i}`, window: null, closed: false, values: { likes: i } }
      }),
    },
    { view: "post_engagement_1m", rows: [{ tenant: "demo", key: "p1", window: [AT, AT], closed: true, values: null }] },
  ],
  emits: [{ tenant: "demo", type: "sensor_alert", id: "e1", time: AT, data: { p95: 9 } }],
}

const LETTER: TailedLetter = {
  ...{ kind: "letter", stream: "DEAD", sequence: 1, arrivedAt: AT, about: "dead", shard: 3, frame: 7 },
  ...{ tenant: "demo", actor: "post_engagement", key: "p1", type: "post_liked", id: "e9", time: AT },
  ...{ position: { lane: 5, sequence: 9, index: 2 }, reason: "step-failed", detail: "x is undefined", stack: null },
  data: { postId: "p1" },
}

const lines = (line: unknown) => tailText(line, false).text.split("\n")

test("an event is one line", () => {
  expect(lines(tailed(4))).toEqual([expect.stringMatching(/3\/4 {2}demo post_liked p1 {2}\{"postId":"p1"\}$/), ""])
})

test("a frame is a head, and a line for each of the first rows and emits; the others are counted", () => {
  const said = lines(FRAME)
  expect(said[0]).toBe(`${AT}  shard 3 frame 7 epoch 2  8 rows, 1 emits, 1 late`)
  expect(said[1]).toBe('  post_engagement_totals  demo/p0  {"likes":0}')
  expect(said[6]).toBe("  … 2 more rows of post_engagement_totals")
  expect(said[7]).toBe(`  post_engagement_1m  demo/p1 [${AT}, ${AT}) closed  is gone`)
  expect(said[8]).toBe(`  emits demo sensor_alert at ${AT}  {"p95":9}`)
  expect(lines({ ...FRAME, views: [], emits: [], late: 0 })[0]).toContain("progress alone")
})

test("a letter says whose it is, why, and where the event stands", () => {
  const [head, why, data] = lines(LETTER)
  expect(head).toContain("dead  demo post_liked for post_engagement p1  at 5/9, event 2  (shard 3, frame 7)")
  expect([why, data]).toEqual(["  step-failed: x is undefined", '  {"postId":"p1"}'])
  const nobody = { ...LETTER, actor: null, key: null, tenant: null, type: null, data: null }
  expect(lines(nobody)[0]).toContain("dead  no tenant no type  at 5/9")
})

test("as JSON each is one line of its own", () => {
  for (const line of [FRAME, LETTER, tailed(1)]) {
    const { text } = tailText(line, true)
    expect(text.trimEnd().split("\n")).toHaveLength(1)
    expect(JSON.parse(text)).toEqual(line)
  }
})
