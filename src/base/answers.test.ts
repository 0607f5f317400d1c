import { expect, test } from "vitest"
import { Answers } from "./answers.ts"
import { ManualClock } from "./clock.manual.ts"

const WITHIN_MS = 100

test("answers find their question, in whatever order they come", async () => {
  const answers = new Answers<string>(WITHIN_MS, new ManualClock())
  const ids: number[] = []
  const send = (id: number) => ids.push(id) > 0
  const [first, second] = [answers.ask(send), answers.ask(send)]
  answers.take(ids[1]!, "two")
  answers.take(ids[0]!, "one")
  expect(await Promise.all([first, second])).toEqual(["one", "two"])
})

test("a question without an answer in time has none, and its late answer changes nothing", async () => {
  const clock = new ManualClock()
  const answers = new Answers<string>(WITHIN_MS, clock)
  let asked = 0
  const answer = answers.ask((id) => {
    asked = id
    return true
  })
  await clock.elapse(WITHIN_MS)
  expect(await answer).toBeUndefined()
  answers.take(asked, "late")
})

test("a question that could not be sent has no answer, at once", async () => {
  expect(await new Answers<string>(WITHIN_MS, new ManualClock()).ask(() => false)).toBeUndefined()
})
