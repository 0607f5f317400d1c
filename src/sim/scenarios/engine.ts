/**
 * The engine: publishers, and runners that route, step and commit, in processes that crash, sleep, leave and start
 * again, over a network that loses and repeats, on servers that are now and then full or away.
 *
 * Owns: setting that stage, and knowing when all of it has come to rest. Never: judging (engine.recount.ts).
 */

import { type Engine, type EngineTerms, makeEngine } from "../../actors/engine.ts"
import { sleep } from "../../base/clock.ts"
import { below } from "../../base/random.ts"
import type { Definition } from "../../define/definition.ts"
import type { Log } from "../../streams/log.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { MemoryStore } from "../../streams/memory/store.ts"
import { INGEST, outboxStream, shardsStream } from "../../streams/names.ts"
import type { Store } from "../../streams/store.ts"
import { planTopology } from "../../streams/topology.ts"
import { simulatedLog } from "../ports/log.ts"
import { simulatedStore } from "../ports/store.ts"
import { simulatedTransport } from "../ports/transport.ts"
import { Life, type Process } from "../process.ts"
import type { Scenario, Stage, Violation } from "../scenario.ts"
import type { World } from "../world.ts"
import { ENGINE_DEFINITIONS, ENGINE_REGISTRY } from "./engine.actors.ts"
import { drawMixture, eventPublisher, type PublisherDesk } from "./engine.publisher.ts"
import { isSettled, recountEngine } from "./engine.recount.ts"
import { drawKeeping, type RunnerDesk, type RunnerPorts, runnerProgram } from "./engine.runner.ts"
import { watchedState } from "./engine.snapshots.ts"

/** Where a test may plant a bug, to see that it is found. */
export interface EngineParts {
  readonly definitions: readonly Definition[]
  readonly makeEngine: (terms: EngineTerms) => Promise<Engine>
  /** The ports of one life of one runner. */
  readonly log: (log: Log) => Log
  readonly control: (store: Store) => Store
  readonly state: (store: Store) => Store
}

const AS_THEY_ARE: EngineParts = {
  definitions: ENGINE_DEFINITIONS,
  makeEngine,
  log: (log) => log,
  control: (store) => store,
  state: (store) => store,
}

const GENERATION = 1
const DISK_BYTES = 2 ** 40
const PUBLISHERS_MAX = 3
const RUNNERS_MAX = 3
const SHARDS_MAX = 3
const OUT_OF_ORDER_MS = 500
/** Small, so that a lane forgets ids. */
const REPEATS = { idsMax: 1_024, withinMs: 20_000 }
/** After all is taken: time for ticks, loops and letters. */
const SETTLED_FOR_MS = 5_000
const LOOK_EVERY_MS = 500
const SETTLED_WITHIN_MS = 120_000

export const SETTLES = "in peace, all that was published is taken and what waited for time that has come is done"

export const engineScenario: Scenario = engineWith({})

export function engineWith(planted: Partial<EngineParts>): Scenario {
  const parts = { ...AS_THEY_ARE, ...planted }
  return {
    name: "engine",
    says: "lanes, shards and loops in runners that crash, sleep and leave, recounted by an oracle",
    open: (world) => openStage(world, parts),
  }
}

function openStage(world: World, parts: EngineParts): Stage {
  const { random } = world
  const violations: Violation[] = []
  const { streams } = planTopology({ generation: GENERATION, diskBytes: DISK_BYTES, replicas: 1 })
  const mayFill = [INGEST, shardsStream(GENERATION), outboxStream(GENERATION)]
  const server = world.server("nats", {
    setFull(full) {
      for (const name of mayFill) log.setOpen(name, !full)
    },
  })
  const { clock } = server.life
  const log = new MemoryLog({ clock, streams })
  const control = new MemoryStore({ clock })
  const shards = 1 + below(random, SHARDS_MAX)
  const state = watchedState(new MemoryStore({ clock }), {
    ...{ log, generation: GENERATION, shards },
    broken: (violation) => void violations.push(violation),
  })
  const publishing: PublisherDesk = { finishing: false, ends: new Map(), next: 0, counts: { asked: 0, failed: 0 } }
  const running: RunnerDesk = {
    generation: {
      number: GENERATION,
      shards,
      outOfOrderMs: OUT_OF_ORDER_MS,
      definitions: parts.definitions,
      registry: ENGINE_REGISTRY,
    },
    repeats: REPEATS,
    finishing: false,
    counts: { frames: 0, takeovers: 0, leaves: 0 },
    makeEngine: parts.makeEngine,
    keeping: drawKeeping(random),
    broken: (found) => void violations.push({ invariant: "a runner ends only when it is told to", found }),
  }
  const mixture = drawMixture(random)
  for (let left = 1 + below(random, PUBLISHERS_MAX); left > 0; left--) {
    world.process(eventPublisher(`publisher ${left}`, mixture, publishing), (life, chance) => ({
      clock: life.clock,
      random: chance,
      transport: simulatedTransport(server.connect(world.weather, life), log),
    }))
  }
  const runners: Process<RunnerPorts>[] = []
  for (let left = 1 + below(random, RUNNERS_MAX); left > 0; left--) {
    const name = `runner ${left}`
    const process = world.process(runnerProgram(name, running), (life, chance) => {
      const connection = server.connect(world.weather, life)
      return {
        clock: life.clock,
        random: chance,
        log: parts.log(simulatedLog(connection, log)),
        control: parts.control(simulatedStore(connection, control)),
        state: parts.state(simulatedStore(connection, state)),
        restart: () => void world.scheduler.schedule(0, name, "ends, and begins again", () => restart(life, process)),
      }
    })
    runners.push(process)
  }
  let counts: Readonly<Record<string, number>> = {}
  const judged = { generation: running.generation, repeats: REPEATS, log, control }
  return {
    async finish() {
      publishing.finishing = true
      running.finishing = true
      for (const runner of runners) runner.setClockRight()
      await Promise.all(publishing.ends.values())
      const { clock: judge } = new Life(world.scheduler, "judge")
      const until = judge.monotonicMs() + SETTLED_WITHIN_MS
      const settle = async () => {
        while (!(await isSettled(judged, judge.now())) && judge.monotonicMs() < until) await sleep(judge, LOOK_EVERY_MS)
      }
      await settle()
      await sleep(judge, SETTLED_FOR_MS)
      await settle()
      if (judge.monotonicMs() >= until)
        violations.push({ invariant: SETTLES, found: "not within two minutes of peace" })
    },
    async check() {
      const recounted = await recountEngine(judged)
      counts = recounted.counts
      return [...violations, ...recounted.violations]
    },
    counts: () => ({ ...publishing.counts, ...running.counts, ...counts }),
  }
}

function restart(life: Life, process: Process<RunnerPorts>): void {
  if (life.state === "dead") return
  process.kill()
  process.start()
}
