import { expect, test } from "vitest"
import {
  CHILD_DEATHS_MAX,
  CHILD_DEATHS_WINDOW_MS,
  CHILD_RESTART_FIRST_MS,
  CHILD_RESTART_MOST_MS,
} from "../base/limits.ts"
import { afterDeath, type Deaths, type Decision } from "./restart.ts"

function live(times: readonly number[]): Decision[] {
  let deaths: Deaths = []
  return times.map((at) => {
    const decision = afterDeath(deaths, at)
    deaths = decision.deaths
    return decision
  })
}

test("B1 the wait doubles with each death, and stays within its bound", () => {
  const waits = live([0, 1, 2, 3]).map((decision) => (decision.kind === "restart" ? decision.afterMs : undefined))
  expect(waits).toEqual([1, 2, 4, 8].map((times) => Math.min(times * CHILD_RESTART_FIRST_MS, CHILD_RESTART_MOST_MS)))
})

test("B2 a child that keeps dying is given up", () => {
  const decisions = live(Array.from({ length: CHILD_DEATHS_MAX }, (_, nth) => nth * 1_000))
  expect(decisions.map(({ kind }) => kind)).toEqual([
    ...Array.from({ length: CHILD_DEATHS_MAX - 1 }, () => "restart"),
    "give up",
  ])
})

test("B3 a child that dies now and then is started again for ever, as after its first death", () => {
  const decisions = live(Array.from({ length: 50 }, (_, nth) => nth * CHILD_DEATHS_WINDOW_MS))
  for (const decision of decisions) {
    expect(decision).toMatchObject({ kind: "restart", afterMs: CHILD_RESTART_FIRST_MS })
    expect(decision.deaths).toHaveLength(1)
  }
})
