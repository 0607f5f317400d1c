import { describe, expect, test } from "vitest"
import { seededRandom } from "../base/random.ts"
import { type MessageFaults, NO_MESSAGE_FAULTS } from "./faults.ts"
import { type Connection, Server } from "./network.ts"
import { Life } from "./process.ts"
import { Scheduler } from "./scheduler.ts"

function wired(faults: Partial<MessageFaults> = {}, seed = 1) {
  const scheduler = new Scheduler(seed)
  const server = new Server(scheduler, "server")
  const life = new Life(scheduler, "client")
  const counts: Record<string, number> = {}
  const weather = {
    scheduler,
    random: seededRandom(seed),
    faults: { ...NO_MESSAGE_FAULTS, ...faults },
    onFault: (name: string) => {
      counts[name] = (counts[name] ?? 0) + 1
    },
  }
  const served: number[] = []
  const connection = server.connect(weather, life)
  return { scheduler, server, life, connection, served, counts }
}

function ask(connection: Connection, served: number[], n: number, order = "one"): Promise<string> {
  return connection
    .call({
      what: `ask ${n}`,
      order,
      timeoutMs: 1_000,
      serve: async () => served.push(n),
      noAnswer: (why) => new Error(why),
    })
    .then(
      () => "answered",
      (error: Error) => error.message,
    )
}

describe("the simulated network", () => {
  test("without faults each request is served once and answered once (N1, N3)", async () => {
    const { scheduler, connection, served } = wired()
    const answers = Promise.all([1, 2, 3].map((n) => ask(connection, served, n)))
    await scheduler.run({ untilIdle: true })
    expect(await answers).toEqual(["answered", "answered", "answered"])
    expect(served).toEqual([1, 2, 3])
  })

  test("requests of one order arrive in order; others may overtake when reordering is on (N2)", async () => {
    const inOrder = (served: readonly number[]) => served.every((n, i) => i === 0 || served[i - 1]! < n)
    const overtakes: boolean[] = []
    for (let seed = 0; seed < 10; seed++) {
      const { scheduler, connection, served } = wired({ delayed: 0.3, reordered: true, latencyMsMax: 20 }, seed)
      for (let n = 0; n < 40; n++) void ask(connection, served, n, n % 2 === 0 ? "even" : "odd")
      await scheduler.run({ untilIdle: true })
      expect(inOrder(served.filter((n) => n % 2 === 0))).toBe(true)
      expect(inOrder(served.filter((n) => n % 2 === 1))).toBe(true)
      overtakes.push(!inOrder(served))
      const calm = wired({ delayed: 0.3, latencyMsMax: 20 }, seed)
      for (let n = 0; n < 40; n++) void ask(calm.connection, calm.served, n, String(n % 2))
      await calm.scheduler.run({ untilIdle: true })
      expect(inOrder(calm.served)).toBe(true)
    }
    expect(overtakes).toContain(true)
  })

  test.for([
    [{ lostRequest: 1 }, 0, "no answer in time"],
    [{ lostAnswer: 1 }, 1, "no answer in time"],
    [{ duplicated: 1 }, 2, "answered"],
  ] as const)("with %o it is served %i times, and the caller hears: %s", async ([faults, times, answer]) => {
    const { scheduler, connection, served, counts } = wired(faults)
    const heard = ask(connection, served, 1)
    await scheduler.run({ untilIdle: true })
    expect(await heard).toBe(answer)
    expect(served).toHaveLength(times)
    expect(Object.values(counts)[0]).toBeGreaterThan(0)
  })

  test("a server that goes away breaks what is under way, and serves again when it is back", async () => {
    const { scheduler, server, connection, served } = wired({ latencyMsMax: 20 })
    let broken = 0
    connection.onBroken(() => broken++)
    const under = ask(connection, served, 1)
    server.goAway()
    expect(connection.connected).toBe(false)
    await scheduler.run({ untilIdle: true })
    expect([await under, broken, served]).toEqual(["the connection was lost", 1, []])
    server.comeBack()
    const later = ask(connection, served, 2)
    await scheduler.run({ untilIdle: true })
    expect([await later, served]).toEqual(["answered", [2]])
  })

  test("the dead hear nothing (N1)", async () => {
    const { scheduler, life, connection, served } = wired()
    let heard = "nothing"
    void ask(connection, served, 1).then((answer) => {
      heard = answer
    })
    life.kill()
    await scheduler.run({ untilIdle: true })
    expect([heard, served]).toEqual(["nothing", [1]])
  })
})
