import { expect, test } from "vitest"
import { deliveryReader } from "./delivery.ts"

test("a delivery's numbers are read from its reply subject", () => {
  const read = deliveryReader("r1")
  expect(read("$JS.ACK.INGEST.r1.1.9007199254740991.7.1767225600123456789.42")).toEqual({
    sequence: 9007199254740991,
    number: 7,
    arrivedAt: 1767225600123,
    pending: 42,
  })
  expect(read("$JS.ACK.INGEST.r1.1.8.9.1767225600999999999.0")).toMatchObject({ sequence: 8, number: 9, pending: 0 })
})

test("the newer form with a domain and an account says the same", () => {
  const read = deliveryReader("r1")
  expect(read("$JS.ACK.hub.ACC.INGEST.r1.1.5.6.1767225600123456789.7")).toEqual({
    sequence: 5,
    number: 6,
    arrivedAt: 1767225600123,
    pending: 7,
  })
})

test("what is no delivery is a bug", () => {
  expect(() => deliveryReader("r1")("_INBOX.x.1")).toThrow("not a delivery")
})
