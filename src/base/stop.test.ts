import { afterEach, expect, test } from "vitest"
import { ManualClock } from "./clock.manual.ts"
import { SIGNAL_ECHO_MS } from "./limits.ts"
import { hearStop, type StopRequest } from "./stop.ts"

let open: StopRequest | undefined
afterEach(() => open?.dispose())

function hearing() {
  const clock = new ManualClock()
  let impatient = 0
  open = hearStop(() => impatient++, clock)
  return { stop: open, clock, impatience: () => impatient }
}

/** As the system would, without ending the test's own process. */
const signal = (name: NodeJS.Signals) => process.emit(name, name)

test("the first signal is a request, and says which", async () => {
  const { stop } = hearing()
  expect(stop.signal.aborted).toBe(false)
  signal("SIGTERM")
  expect(stop.signal.aborted).toBe(true)
  expect(await stop.requested).toBe("SIGTERM")
})

test("its echo is not a second one", async () => {
  const { clock, impatience } = hearing()
  signal("SIGINT")
  await clock.elapse(SIGNAL_ECHO_MS)
  signal("SIGINT")
  expect(impatience()).toBe(0)
})

test("a second signal, a while later, is impatience", async () => {
  const { stop, clock, impatience } = hearing()
  signal("SIGINT")
  await clock.elapse(SIGNAL_ECHO_MS + 1)
  signal("SIGTERM")
  expect(impatience()).toBe(1)
  expect(await stop.requested).toBe("SIGINT")
})

test("after dispose no signal is heard", () => {
  const before = process.listenerCount("SIGHUP")
  const { stop } = hearing()
  expect(process.listenerCount("SIGHUP")).toBe(before + 1)
  stop.dispose()
  expect(process.listenerCount("SIGHUP")).toBe(before)
})
