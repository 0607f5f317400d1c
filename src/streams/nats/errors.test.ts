import { JetStreamApiError } from "@nats-io/jetstream"
import { errors } from "@nats-io/transport-node"
import { expect, test } from "vitest"
import { LogAway, LogFull, LogRefused, Trimmed, WrongLast } from "../log.ts"
import { Conflict, StoreAway, StoreFull, StoreRefused } from "../store.ts"
import { failureOf, failureOfError, kindOfCode, outcomeOf, outcomeOfReply } from "./errors.ts"

const apiError = (err_code: number, code: number) => new JetStreamApiError({ err_code, code, description: "said so" })

test.each([
  [10071, 400, WrongLast, Conflict],
  [10164, 400, WrongLast, Conflict],
  [10077, 503, LogFull, StoreFull],
  [10023, 503, LogFull, StoreFull],
  [10047, 500, LogFull, StoreFull],
  [10167, 429, LogFull, StoreFull],
  [10008, 503, LogAway, StoreAway],
  [10118, 500, LogAway, StoreAway],
  [10158, 409, LogAway, StoreAway],
  [10054, 400, LogRefused, StoreRefused],
  [10059, 404, LogRefused, StoreRefused],
])("%i is one failure of each port", (code, status, ofLog, ofStore) => {
  const reply = { tag: "rejected", code, status, description: "said so" } as const
  expect(failureOf("log", "append", outcomeOfReply(reply))).toBeInstanceOf(ofLog)
  expect(failureOf("store", "put", outcomeOfReply(reply))).toBeInstanceOf(ofStore)
  expect(failureOfError("log", "ask", apiError(code, status))).toBeInstanceOf(ofLog)
})

test("a number that is not known is judged by its status", () => {
  expect(kindOfCode(19_999, 400)).toBe("refused")
  expect(kindOfCode(19_999, 429)).toBe("away")
  expect(kindOfCode(19_999, 503)).toBe("away")
})

test("no answer is away, however the client says it", () => {
  const said = [new errors.TimeoutError(), new errors.ConnectionError("reset"), new errors.ClosedConnectionError()]
  for (const error of said) expect(failureOfError("log", "ask", error)).toBeInstanceOf(LogAway)
  const wrapped = new Error("jetstream is not enabled", { cause: new errors.NoRespondersError("$JS.API.INFO") })
  expect(failureOfError("store", "get", wrapped)).toBeInstanceOf(StoreAway)
  expect(outcomeOfReply({ tag: "unknown", reason: "no answer", maybeStored: true }).kind).toBe("away")
})

test("a failure stays what it is, and a bug is thrown on", () => {
  const trimmed = new Trimmed({ operation: "read", reason: "gone", first: 7 })
  expect(failureOfError("log", "read", trimmed)).toBe(trimmed)
  expect(outcomeOf(new TypeError("undefined is not a function"))).toBeUndefined()
  expect(() => failureOfError("log", "read", new TypeError("a bug"))).toThrow("a bug")
})
