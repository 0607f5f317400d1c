import { describe, expect, test } from "vitest"
import { seededRandom } from "../base/random.ts"
import { type Disturbed, disturb } from "./disturb.ts"
import { DISTURBANCES, type DisturbanceName, describePlan, NO_MESSAGE_FAULTS, planFaults } from "./faults.ts"
import { Server } from "./network.ts"
import { Life } from "./process.ts"
import { Scheduler } from "./scheduler.ts"

/** A process that only notes what befalls it. */
function noting(): Disturbed & { readonly befell: string[] } {
  const befell: string[] = []
  let state: Disturbed["state"] = "running"
  const to = (name: string, next: Disturbed["state"]) => () => {
    befell.push(name)
    state = next
  }
  return {
    name: "process",
    befell,
    get state() {
      return state
    },
    start: to("start", "running"),
    kill: to("kill", "dead"),
    pause: to("pause", "paused"),
    resume: to("resume", "running"),
    jumpWallClock: to("jump", "running"),
  }
}

function disturbed(name: DisturbanceName, seed = 1) {
  const scheduler = new Scheduler(seed)
  const server = new Server(scheduler, "server")
  const process = noting()
  const full: boolean[] = []
  const counts = new Map<string, number>()
  const makePeace = disturb({
    scheduler,
    random: seededRandom(seed),
    plan: { messages: NO_MESSAGE_FAULTS, disturbances: { [name]: { everyMs: 100, forMsMax: 50 } } },
    processes: [process],
    servers: [{ server, setFull: (now) => full.push(now) }],
    onFault: (fault) => counts.set(fault, (counts.get(fault) ?? 0) + 1),
  })
  return { scheduler, server, process, full, counts, makePeace }
}

describe("fate", () => {
  test.for([
    ["crash", ["kill", "start"]],
    ["pause", ["pause", "resume"]],
    ["clockJump", ["jump"]],
  ] as const)("%s: a process meets %o again and again", async ([name, pattern]) => {
    const { scheduler, process, counts } = disturbed(name)
    await scheduler.run({ untilMs: 5_000 })
    expect(counts.get(name)).toBeGreaterThan(10)
    expect(process.befell.slice(0, 4)).toEqual([...pattern, ...pattern, ...pattern, ...pattern].slice(0, 4))
  })

  test("a server goes away and comes back, is full and has room again, is slow and quick", async () => {
    const seen = { away: new Set<boolean>(), slow: new Set<boolean>() }
    for (const name of ["serverAway", "slow"] as const) {
      const { scheduler, server } = disturbed(name)
      for (let ms = 0; ms < 3_000; ms += 5) {
        await scheduler.run({ untilMs: ms })
        seen.away.add(server.away)
        seen.slow.add(server.slowMs > 0)
      }
    }
    expect([seen.away.size, seen.slow.size]).toEqual([2, 2])
    const { scheduler, full } = disturbed("logFull")
    await scheduler.run({ untilMs: 3_000 })
    expect(new Set(full)).toEqual(new Set([true, false]))
  })

  test.for(DISTURBANCES)("after peace nothing more is %s, and all are up", async (name) => {
    for (let seed = 1; seed < 6; seed++) {
      const { scheduler, server, process, full, makePeace, counts } = disturbed(name, seed)
      await scheduler.run({ untilMs: 1_000 + seed * 7 })
      makePeace()
      const before = { befell: process.befell.length, struck: counts.get(name), full: full.length }
      expect([process.state, server.away, server.slowMs, full.at(-1) ?? false]).toEqual(["running", false, 0, false])
      await scheduler.run({ untilMs: 10_000 })
      expect({ befell: process.befell.length, struck: counts.get(name), full: full.length }).toEqual(before)
    }
  })

  test("strikes between two things that are due at the same millisecond, too", async () => {
    const between = new Set<string>()
    for (let seed = 0; seed < 200 && between.size < 3; seed++) {
      const scheduler = new Scheduler(seed)
      const life = new Life(scheduler, "p")
      const ran: string[] = []
      for (let ms = 1; ms <= 50; ms++) {
        for (const half of ["a", "b"]) life.clock.after(ms, () => ran.push(half))
      }
      disturb({
        scheduler,
        random: seededRandom(seed),
        plan: { messages: NO_MESSAGE_FAULTS, disturbances: { crash: { everyMs: 20, forMsMax: 1_000 } } },
        processes: [{ ...noting(), state: "running", kill: () => life.kill() }],
        servers: [],
        onFault: () => {},
      })
      await scheduler.run({ untilMs: 60 })
      if (ran.length < 100) between.add(ran.length % 2 === 1 ? "within" : "after")
      if (ran.length === 0) between.add("before all")
    }
    expect(between).toContain("within")
    expect(between).toContain("after")
  })
})

describe("a fault plan", () => {
  test("is the same for the same seed, and a different mixture for others", () => {
    const mixtures = Array.from({ length: 40 }, (_, seed) => describePlan(planFaults(seededRandom(seed))).join())
    expect(describePlan(planFaults(seededRandom(3))).join()).toBe(mixtures[3])
    expect(new Set(mixtures).size).toBeGreaterThan(30)
  })
})
