import { expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { Misuse } from "../base/errors.ts"
import { CHILD_DEATHS_MAX, CHILD_RESTART_MOST_MS } from "../base/limits.ts"
import type { Exit, Running } from "./process.ts"
import { Supervisor, type Unit } from "./supervise.ts"

/** A child without a process: dies when a test says so. */
class Child implements Running {
  readonly pid = 1
  readonly exited: Promise<Exit>
  readonly name: string
  stops = 0
  die!: (exit: Exit) => void

  constructor(name: string) {
    this.name = name
    this.exited = new Promise((resolve) => {
      this.die = resolve
    })
  }

  lastWords(): string {
    return "farewell"
  }

  stop(): Promise<Exit> {
    this.stops++
    this.die({ code: 0, signal: null })
    return this.exited
  }

  kill(): void {
    this.die({ code: null, signal: "SIGKILL" })
  }

  send(): boolean {
    return false
  }

  onMessage(): void {}
}

class FakeUnit implements Unit {
  readonly stopWithinMs = 1
  readonly born: Child[] = []
  readonly name: string
  failure: Error | undefined

  constructor(name = "server") {
    this.name = name
  }

  async start(): Promise<Running> {
    if (this.failure !== undefined) throw this.failure
    const child = new Child(this.name)
    this.born.push(child)
    return child
  }
}

const CRASH: Exit = { code: 9, signal: null }

function supervised() {
  const clock = new ManualClock()
  const said: string[] = []
  return { clock, said, supervisor: new Supervisor((line) => said.push(line), undefined, clock) }
}

test("V1 a child that dies is started again, and it is said in one line", async () => {
  const { clock, said, supervisor } = supervised()
  const unit = new FakeUnit()
  await supervisor.start(unit)
  unit.born[0]!.die(CRASH)
  await clock.elapse(CHILD_RESTART_MOST_MS)
  expect(unit.born).toHaveLength(2)
  expect(said).toEqual(["server: it ended (exit code 9); starting it again in 100 ms (1)"])
  expect(supervisor.children()).toMatchObject([
    { name: "server", state: "running", restarts: 1, lastFailure: "server: it ended (exit code 9)" },
  ])
})

test("V2 one that keeps dying is given up with its last words", async () => {
  const { clock, supervisor } = supervised()
  const unit = new FakeUnit()
  await supervisor.start(unit)
  for (let deaths = 0; deaths < CHILD_DEATHS_MAX; deaths++) {
    unit.born[deaths]!.die(CRASH)
    await clock.elapse(CHILD_RESTART_MOST_MS)
  }
  const failure = await supervisor.failed
  expect(failure.message).toContain(`it died ${CHILD_DEATHS_MAX} times`)
  expect(failure.message).toContain("farewell")
  expect(unit.born).toHaveLength(CHILD_DEATHS_MAX)
  expect(supervisor.children()[0]!.state).toBe("failed")
})

test("V2 one that was told something wrong is not told again", async () => {
  const { supervisor } = supervised()
  const unit = new FakeUnit()
  unit.failure = new Misuse({ operation: "start server", reason: "a bad setting" })
  await expect(supervisor.start(unit)).rejects.toBe(unit.failure)
  expect(await supervisor.failed).toBe(unit.failure)
})

test("one that is renewed ends well and starts again at once, and that is no death", async () => {
  const { said, supervisor } = supervised()
  const unit = new FakeUnit()
  await supervisor.start(unit)
  for (let times = 1; times <= CHILD_DEATHS_MAX + 1; times++) await supervisor.renew("server")
  expect(unit.born.map(({ stops }) => stops)).toEqual([...unit.born.slice(1).map(() => 1), 0])
  expect(unit.born).toHaveLength(CHILD_DEATHS_MAX + 2)
  expect(supervisor.children()).toMatchObject([{ state: "running", restarts: 0, lastFailure: null }])
  expect(said).toEqual([])
  await supervisor.renew("nobody")
})

test("V2 one that cannot start when it is renewed is given up as ever, and nobody waits for it", async () => {
  const { supervisor } = supervised()
  const unit = new FakeUnit()
  await supervisor.start(unit)
  unit.failure = new Misuse({ operation: "start server", reason: "a bad setting" })
  await supervisor.renew("server")
  expect(await supervisor.failed).toBe(unit.failure)
})

test("V3 the last one started is stopped first, and nothing is started afterwards", async () => {
  const { clock, said, supervisor } = supervised()
  const stopped: string[] = []
  const units = ["nats", "gateway"].map((name) => new FakeUnit(name))
  for (const unit of units) await supervisor.start(unit)
  for (const unit of units) void unit.born[0]!.exited.then(() => stopped.push(unit.name))
  await supervisor.stop()
  await clock.elapse(CHILD_RESTART_MOST_MS)
  expect(stopped).toEqual(["gateway", "nats"])
  expect(units.map(({ born }) => born.length)).toEqual([1, 1])
  expect(said).toEqual([])
  await expect(supervisor.start(new FakeUnit("late"))).rejects.toThrow("stopped before it was ready")
})

test("V3 stopping does not wait for the next attempt of one that is down", async () => {
  const { clock, supervisor } = supervised()
  const unit = new FakeUnit()
  await supervisor.start(unit)
  unit.born[0]!.die(CRASH)
  await clock.elapse(0)
  await supervisor.stop()
  expect(unit.born).toHaveLength(1)
})
