import { expect, test } from "vitest"
import { Gate } from "./gate.ts"

test("one goes through at a time, in the order of asking; who gives up holds up nobody", async () => {
  const gate = new Gate()
  const done: string[] = []
  const going = new AbortController()
  const gone = new AbortController()
  const first = Promise.withResolvers<void>()
  const one = gate.run(going.signal, async () => {
    await first.promise
    done.push("one")
  })
  const two = gate.run(gone.signal, async () => done.push("two"))
  const three = gate.run(going.signal, async () => done.push("three"))
  gone.abort()
  expect(await two).toBeUndefined()
  expect(done).toEqual([])
  first.resolve()
  await Promise.all([one, three])
  expect(done).toEqual(["one", "three"])
})

test("a failure lets the next one through", async () => {
  const gate = new Gate()
  const { signal } = new AbortController()
  await expect(gate.run(signal, () => Promise.reject(new Error("no")))).rejects.toThrow("no")
  expect(await gate.run(signal, async () => 7)).toBe(7)
})
