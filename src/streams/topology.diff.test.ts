import { describe, expect, test } from "vitest"
import { type ActualStream, type Change, describeChange, diff, type StreamShape, shapeOf } from "./topology.diff.ts"
import { bytesMaxOf, planTopology } from "./topology.ts"

const GIB = 2 ** 30
const declared = planTopology({ generation: 1, diskBytes: 16 * GIB, replicas: 1 })

const actual = (changed: Record<string, Partial<StreamShape>> = {}, more: Partial<ActualStream> = {}): ActualStream[] =>
  declared.streams.map((stream) => ({
    name: stream.name,
    shape: { ...shapeOf(stream), ...changed[stream.name] },
    closedBecause: undefined,
    messages: 100,
    bytes: 1_000_000,
    ...more,
  }))

const oneChange = (field: string, is: Partial<StreamShape>, more?: Partial<ActualStream>): Change | undefined => {
  const changes = diff(declared, actual({ INGEST: is }, more))
  expect(changes).toHaveLength(1)
  expect(changes[0]).toMatchObject({ stream: "INGEST", field })
  return changes[0]
}

describe("the topology", () => {
  test("stays within what it may take on disk, with two generations side by side", () => {
    for (const gib of [1, 16, 1_000]) {
      const plan = planTopology({ generation: 1, diskBytes: gib * GIB, replicas: 1 })
      expect(bytesMaxOf(plan)).toBeLessThanOrEqual(gib * GIB)
      expect(bytesMaxOf(plan)).toBeGreaterThan(0.98 * gib * GIB)
    }
  })

  test("refuses rather than drops, everywhere", () => {
    for (const stream of declared.streams) expect(shapeOf(stream).discard).toBe("new")
  })

  test("of two generations shares the log and the letters, and nothing else", () => {
    const next = planTopology({ generation: 2, diskBytes: 16 * GIB, replicas: 1 })
    const names = new Set(declared.streams.map(({ name }) => name))
    const shared = next.streams.map(({ name }) => name).filter((name) => names.has(name))
    expect(shared).toEqual(["INGEST", "DEAD", "AUDIT", "KV_control"])
  })
})

describe("the topology diff", () => {
  test("is empty for what is as declared, in whatever order subjects come", () => {
    expect(diff(declared, actual())).toEqual([])
    expect(diff(declared, actual({ INGEST: { subjects: ["log.*._tick", "ingest.>"] } }))).toEqual([])
  })

  test("creates what is missing", () => {
    expect(diff(declared, [])).toEqual(declared.streams.map(({ name }) => ({ kind: "create", stream: name })))
  })

  test.each<[keyof StreamShape, Partial<StreamShape>]>([
    ["description", { description: "other words" }],
    ["subjects", { subjects: ["ingest.>"] }],
    ["discard", { discard: "old" }],
    ["maxBytes", { maxBytes: 1 * GIB }],
    ["maxBytes", { maxBytes: undefined }],
    ["maxMessages", { maxMessages: 7 }],
    ["maxAgeMs", { maxAgeMs: 1_000 }],
    ["maxMessageBytes", { maxMessageBytes: undefined }],
    ["maxPerSubject", { maxPerSubject: 3 }],
    ["duplicateWindowMs", { duplicateWindowMs: 120_000 }],
    ["compression", { compression: "s2" }],
    ["denyDelete", { denyDelete: false }],
    ["rollup", { rollup: true }],
    ["directGets", { directGets: true }],
    ["acknowledges", { acknowledges: false }],
  ])("mends %s from %j", (field, is) => {
    expect(oneChange(field, is)).toMatchObject({ kind: "update" })
  })

  test.each<[keyof StreamShape, Partial<StreamShape>]>([
    ["subjects", { subjects: ["ingest.>", "log.*._tick", "other.>"] }],
    ["transform", { transform: undefined }],
    ["transform", { transform: { source: "ingest.*.*.*", destination: "log.{{partition(8,1,3)}}.x" } }],
    ["retention", { retention: "workqueue" }],
    ["storage", { storage: "memory" }],
    ["replicas", { replicas: 3 }],
    ["denyPurge", { denyPurge: true }],
    ["expiryMarkerMs", { expiryMarkerMs: 5_000 }],
    ["sealed", { sealed: true }],
    ["copiesAnother", { copiesAnother: true }],
  ])("refuses to change %s from %j", (field, is) => {
    expect(oneChange(field, is)).toMatchObject({ kind: "refused", why: expect.stringMatching(/\w/) })
  })

  test("refuses limits below what is stored, and no others", () => {
    const bytes = declared.streams[0]!.maxBytes
    expect(oneChange("maxBytes", { maxBytes: 99 * GIB }, { bytes })).toMatchObject({ kind: "update" })
    const fuller = actual().map((stream) => (stream.name === "INGEST" ? { ...stream, bytes: bytes + 1 } : stream))
    const wide = fuller.map((stream) =>
      stream.name === "INGEST" ? { ...stream, shape: { ...stream.shape, maxBytes: 99 * GIB } } : stream,
    )
    expect(diff(declared, wide)).toMatchObject([{ kind: "refused", field: "maxBytes", wanted: bytes }])
  })

  test("refuses a shorter age where something is stored, and mends it where nothing is", () => {
    const longer = { DEAD: { maxAgeMs: 365 * 86_400_000 }, AUDIT: { maxAgeMs: undefined } }
    expect(diff(declared, actual(longer))).toMatchObject([
      { kind: "refused", stream: "DEAD", field: "maxAgeMs" },
      { kind: "refused", stream: "AUDIT", field: "maxAgeMs" },
    ])
    const empty = diff(declared, actual(longer, { messages: 0, bytes: 0 }))
    expect(empty.map(({ kind }) => kind)).toEqual(["update", "update"])
  })

  test("takes a closed door for what it is, not for a lower limit", () => {
    const closed = actual({ INGEST: { maxMessages: 1 } }).map((stream) =>
      stream.name === "INGEST" ? { ...stream, closedBecause: "disk" } : stream,
    )
    expect(diff(declared, closed)).toEqual([{ kind: "closed", stream: "INGEST", because: "disk" }])
  })

  test("tells of streams that look like ours and are not declared, and of nobody else's", () => {
    const [any] = actual()
    const others = ["OUTBOX_7", "KV_state_2", "ORDERS", "KV_sessions"].map((name) => ({ ...any!, name }))
    expect(diff(declared, [...actual(), ...others])).toMatchObject([
      { kind: "unknown", stream: "OUTBOX_7", why: "it belongs to generation 7, and this is 1" },
      { kind: "unknown", stream: "KV_state_2" },
    ])
  })

  test("says each change in one line, with field, is and wanted", () => {
    const lines = diff(declared, actual({ INGEST: { retention: "interest", maxBytes: GIB } })).map(describeChange)
    expect(lines).toEqual([
      'INGEST: retention is "interest", declared "limits"; refused: another retention removes messages by itself',
      "INGEST: maxBytes is 1073741824, to become 6871947673",
    ])
  })
})
