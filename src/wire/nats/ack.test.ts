import { expect, it } from "vitest"
import { ackReader } from "./ack.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

it("the usual answer is read the same, the first time and quickly", () => {
  const read = ackReader()
  for (const sequence of [1, 42, 999_999_999_999]) {
    const stored = { tag: "stored", stream: "INGEST", sequence, duplicate: false }
    expect(read(bytes(`{"stream":"INGEST","seq":${sequence}}`))).toEqual(stored)
  }
  expect(read(bytes('{"stream":"OTHER","seq":7}'))).toMatchObject({ stream: "OTHER", sequence: 7 })
  expect(read(bytes('{"stream":"INGEST","seq":8}'))).toMatchObject({ stream: "INGEST", sequence: 8 })
})

it("a duplicate is told, also after many that were none", () => {
  const read = ackReader()
  read(bytes('{"stream":"INGEST","seq":1}'))
  expect(read(bytes('{"stream":"INGEST","seq":1,"duplicate": true}'))).toMatchObject({ sequence: 1, duplicate: true })
  expect(read(bytes('{"stream":"INGEST", "domain":"x", "seq":3}'))).toMatchObject({ sequence: 3, duplicate: false })
})

it("a refusal carries the server's numbers and words", () => {
  const body =
    '{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},"stream":"INGEST","seq":0}'
  expect(ackReader()(bytes(body))).toEqual({
    tag: "rejected",
    code: 10077,
    status: 503,
    description: "maximum bytes exceeded",
  })
})

it("anything else is no acknowledgement", () => {
  const read = ackReader()
  read(bytes('{"stream":"INGEST","seq":1}'))
  for (const other of ["", "+OK", "null", "[]", '{"stream":"INGEST","seq":}', '{"stream":"INGEST"}', '{"seq":1}']) {
    expect(read(bytes(other))).toMatchObject({ tag: "unknown", maybeStored: true })
  }
})
