import { DatabaseError } from "pg"
import { describe, expect, test } from "vitest"
import { Bug } from "../../base/assert.ts"
import { Misuse } from "../../base/errors.ts"
import { SinkAway } from "../sink.ts"
import { failureOf, type Kind, kindOf } from "./errors.ts"

function answer(state: string): DatabaseError {
  const error = new DatabaseError("said in any language", 1, "error")
  error.code = state
  return error
}

const KINDS: readonly (readonly [state: string, what: string, kind: Kind | undefined])[] = [
  ["08006", "a lost connection", "away"],
  ["53300", "too many connections", "away"],
  ["53100", "a full disk", "away"],
  ["40P01", "a deadlock", "away"],
  ["40001", "a serialization failure", "away"],
  ["55P03", "a lock that is not to be had", "away"],
  ["57014", "a statement whose time is up", "away"],
  ["57P01", "a shutdown", "away"],
  ["57P03", "a server that is starting", "away"],
  ["25006", "a standby", "away"],
  ["25P03", "a transaction that stood still", "away"],
  ["22021", "a NUL in a text", "refused"],
  ["22P05", "a NUL in JSON", "refused"],
  ["22003", "a number out of range", "refused"],
  ["23505", "a unique index", "refused"],
  ["54000", "a key too long for its index", "refused"],
  ["28P01", "a wrong password", "unfit"],
  ["3D000", "no such database", "unfit"],
  ["42501", "a right we do not have", "unfit"],
  ["42P01", "no such table", "unfit"],
  ["21000", "two rows of one key in a batch: our bug", undefined],
  ["25001", "a transaction inside another: our bug", undefined],
]

describe("what Postgres answers", () => {
  test.for(KINDS)("%s, %s, is %s", ([state, , kind]) => {
    expect(kindOf(answer(state))).toBe(kind)
  })

  test("is told by type: come again, or see to the database", () => {
    expect(failureOf("write", answer("40P01"))).toBeInstanceOf(SinkAway)
    expect(failureOf("write", answer("42501"))).toBeInstanceOf(Misuse)
  })

  test("is away when it is no answer, but a lost or slow connection", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
    for (const error of [refused, new Error("Connection terminated unexpectedly"), new AggregateError([refused])]) {
      expect(failureOf("write", error)).toBeInstanceOf(SinkAway)
    }
  })

  test("is not what bugs and failures of ours are; they are passed on", () => {
    for (const error of [new Bug("x"), new TypeError("x"), new Misuse({ operation: "x", reason: "y" })]) {
      expect(failureOf("write", error)).toBe(error)
    }
  })
})
