import { expect, test } from "vitest"
import { Unreachable } from "../../../base/errors.ts"
import { PUBLISH_FILE_AT_ONCE } from "../../../base/limits.ts"
import { cli, MemoryPublisher } from "../testing/terminal.ts"

const environment = { MILLRACE_NATS_URL: "nats://127.0.0.1:1" }
const LIKE = { postId: "p1", userId: "u1", region: "eu" }

function publish(words: readonly string[], publisher: MemoryPublisher, input: readonly string[] = []) {
  return cli(["publish", ...words], { environment, input, wiring: { publisher: async () => publisher } })
}

test("an event is published under its key, and its id and position are printed", async () => {
  const publisher = new MemoryPublisher()
  const { code, out } = await publish(["post_liked", "p1", JSON.stringify(LIKE), "--id", "e1", "--json"], publisher)
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual({ id: "e1", position: expect.any(String) })
  expect(publisher.events).toEqual([expect.objectContaining({ type: "post_liked", key: "p1", id: "e1", data: LIKE })])
  expect(publisher.closed).toBe(true)
})

test("data that its schema refuses is not sent", async () => {
  const publisher = new MemoryPublisher()
  const { code, err } = await publish(["post_liked", "p1", '{"postId":"p1"}'], publisher)
  expect([code, publisher.events]).toEqual([2, []])
  expect(err).toContain("userId")
})

test("a key other than the one in the data is not sent: it would go to another lane", async () => {
  const { code, err } = await publish(["post_liked", "p2", JSON.stringify(LIKE)], new MemoryPublisher())
  expect(code).toBe(2)
  expect(err).toContain('the key is "p2", but postId is "p1"')
})

test("a type that is not known is sent, and said, with the one that may have been meant", async () => {
  const publisher = new MemoryPublisher()
  const { code, err } = await publish(["post_lked", "p1", "{}"], publisher)
  expect([code, publisher.events.length]).toEqual([0, 1])
  expect(err).toContain("Did you mean post_liked?")
})

test("epoch milliseconds and versions are numbers", async () => {
  const publisher = new MemoryPublisher()
  await publish(["post_liked", "p1", JSON.stringify(LIKE), "--time", "1700000000000", "--version", "1"], publisher)
  expect(publisher.events[0]).toMatchObject({ time: 1_700_000_000_000, version: 1 })
  expect((await publish(["post_liked", "p1", JSON.stringify(LIKE), "--version", "9"], publisher)).err).toContain(
    "version 9",
  )
})

test("lines of standard input are published, wherever they are cut; wrong ones are named by number", async () => {
  const publisher = new MemoryPublisher()
  const good = JSON.stringify({ type: "post_liked", data: LIKE })
  const text = `${good}\n\nnope\n{"type":"post_liked","data":{}}\n{"type":"x_y","data":{}}\n{"typ":1}\n${good}`
  const pieces = text.match(/[\s\S]{1,7}/g) ?? []
  const { code, out, err } = await publish(["--file", "-", "--json"], publisher, pieces)
  expect(code).toBe(1)
  expect(publisher.events.map(({ key }) => key)).toEqual(["p1", "p1"])
  const report = JSON.parse(out)
  expect(report).toMatchObject({ published: 2, unsure: [], position: expect.any(String) })
  expect(report.refused.map(({ line }: { line: number }) => line)).toEqual([3, 4, 5, 6])
  expect(err).toContain("line 3 refused: not JSON")
  expect(err).toContain("line 5 refused: x_y is not known here, so its key must be given")
})

test("a file is published with a bounded number under way", async () => {
  let underWay = 0
  let most = 0
  const publisher = new MemoryPublisher(async () => {
    most = Math.max(most, ++underWay)
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)))
    underWay--
  })
  const lines = `${JSON.stringify({ type: "post_liked", data: LIKE })}\n`.repeat(PUBLISH_FILE_AT_ONCE * 3)
  const { code, out } = await publish(["--file", "-"], publisher, [lines])
  expect(code).toBe(0)
  expect(out).toContain(`${PUBLISH_FILE_AT_ONCE * 3} published, 0 refused, 0 not acknowledged`)
  expect(most).toBeLessThanOrEqual(PUBLISH_FILE_AT_ONCE)
})

test("when the log goes away, what was not acknowledged is named, and the exit code is 3", async () => {
  const publisher = new MemoryPublisher(({ id }) =>
    id === "2" ? Promise.reject(new Unreachable({ operation: "publish", reason: "away" })) : Promise.resolve(),
  )
  const lines = ["1", "2"].map((id) => `${JSON.stringify({ type: "post_liked", data: LIKE, id })}\n`)
  const { code, err } = await publish(["--file", "-"], publisher, lines)
  expect(code).toBe(3)
  expect(err).toContain("line 2 not acknowledged: publish: away")
})

test("a file that is not there is named", async () => {
  const { code, err } = await publish(["--file", "/nowhere/events.ndjson"], new MemoryPublisher())
  expect(code).toBe(2)
  expect(err).toContain("/nowhere/events.ndjson")
})

test("what one event takes cannot stand beside a file", async () => {
  expect((await publish(["--file", "-", "--id", "x"], new MemoryPublisher())).err).toContain("--id cannot stand beside")
  expect((await publish(["post_liked", "--file", "-"], new MemoryPublisher())).err).toContain(
    '"post_liked" cannot stand',
  )
})
