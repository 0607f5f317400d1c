import { BSON, MongoInvalidArgumentError, MongoNetworkError, MongoNotConnectedError, MongoServerError } from "mongodb"
import { describe, expect, test } from "vitest"
import { Bug } from "../../base/assert.ts"
import { Misuse } from "../../base/errors.ts"
import { SinkAway } from "../sink.ts"
import { failureOf, type Kind, kindOf } from "./errors.ts"

const KINDS: readonly (readonly [code: number, what: string, kind: Kind])[] = [
  [11000, "a duplicate key", "duplicate"],
  [10107, "no longer the primary", "away"],
  [91, "a shutdown", "away"],
  [112, "a write conflict", "away"],
  [64, "a majority that did not confirm", "away"],
  [14031, "a full disk", "away"],
  [13, "a right we do not have", "unfit"],
  [18, "a wrong password", "unfit"],
  [121, "a document that a validator refuses", "refused"],
  [10334, "a document that is too large", "refused"],
]

describe("what MongoDB answers", () => {
  test.for(KINDS)("%i, %s, is %s", ([code, , kind]) => {
    expect(kindOf(new MongoServerError({ message: "said in any words", code }))).toBe(kind)
  })

  test("is away when it is no answer, but a lost connection", () => {
    for (const error of [new MongoNetworkError("x"), new MongoNotConnectedError("x")]) {
      expect(failureOf("write", error)).toBeInstanceOf(SinkAway)
    }
  })

  test("is refused when the driver finds that it cannot be a document", () => {
    expect(kindOf(new BSON.BSONError("x"))).toBe("refused")
    expect(kindOf(new MongoInvalidArgumentError("x"))).toBe("refused")
  })

  test("is not what bugs and failures of ours are; they are passed on", () => {
    for (const error of [new Bug("x"), new TypeError("x"), new Misuse({ operation: "x", reason: "y" })]) {
      expect(failureOf("write", error)).toBe(error)
    }
  })
})
