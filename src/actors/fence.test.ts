import { expect, test } from "vitest"
import { settle } from "./fence.ts"

const mine = { epoch: 4, n: 10, writer: "runner-a" }

test("A1 my frame is the last one: its answer was lost, it is committed", () => {
  expect(settle(mine, mine)).toEqual({ tag: "committed" })
})

test("A1 the frame before it is the last one: it never arrived", () => {
  expect(settle(mine, { ...mine, n: 9 })).toEqual({ tag: "append-again" })
  expect(settle({ ...mine, n: 1 }, undefined)).toEqual({ tag: "append-again" })
})

test("an epoch frame goes on top of the previous owner's last frame", () => {
  expect(settle(mine, { epoch: 3, n: 9, writer: "runner-b" })).toEqual({ tag: "append-again" })
})

test("A4 another epoch stands above mine, or another writer in my place: I am fenced", () => {
  for (const last of [
    { epoch: 5, n: 10, writer: "runner-b" },
    { epoch: 5, n: 9, writer: "runner-b" },
    { epoch: 4, n: 10, writer: "runner-b" },
    { epoch: 4, n: 9, writer: "runner-b" },
    { epoch: 4, n: 11, writer: "runner-b" },
  ]) {
    expect(settle(mine, last)).toEqual({ tag: "fenced", by: last })
  }
})

test("a hole in the chain is a bug, not an outcome", () => {
  expect(() => settle(mine, { ...mine, n: 7 })).toThrow("the chain has a hole")
})
