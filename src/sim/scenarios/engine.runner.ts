/**
 * Owns: a runner as a process of the simulation: the real engine on simulated ports, restarted when it leaves.
 * Never: what an engine does.
 */

import type { Engine, EngineTerms } from "../../actors/engine.ts"
import type { Generation } from "../../actors/generation.ts"
import { KeptState, type StateTerms } from "../../actors/recovery.ts"
import { MemorySpillFile } from "../../actors/spill/memory-file.ts"
import { type Clock, sleep } from "../../base/clock.ts"
import { explain, Failure } from "../../base/errors.ts"
import { silentLogger } from "../../base/log.ts"
import { below, chance, type Random } from "../../base/random.ts"
import { Turns } from "../../base/turns.ts"
import type { Log } from "../../streams/log.ts"
import type { RepeatLimits } from "../../streams/route/repeats.ts"
import type { Store } from "../../streams/store.ts"
import type { Program } from "../process.ts"
import { FACTS_OF } from "./engine.recount.ts"

export interface RunnerPorts {
  readonly log: Log
  readonly control: Store
  readonly state: Store
  readonly clock: Clock
  readonly random: Random
  /** The process ends, and another is started in its place. */
  readonly restart: () => void
}

export interface RunnerDesk {
  readonly generation: Generation
  readonly repeats: RepeatLimits
  /** No more leaving and coming back. */
  finishing: boolean
  readonly counts: Record<"frames" | "takeovers" | "leaves", number>
  readonly makeEngine: (terms: EngineTerms) => Promise<Engine>
  /** Undefined: state stands nowhere but in the log. */
  readonly keeping: Keeping | undefined
  broken(found: string): void
}

/** Small, so that in seconds there are snapshots, cold instances, and pages that split. */
export type Keeping = Pick<StateTerms, "residentBytes"> & Required<Pick<StateTerms, "pace" | "folding">>

export function drawKeeping(random: Random): Keeping | undefined {
  if (chance(random, 0.2)) return undefined
  const bytes = () => 512 + below(random, 8_192)
  return {
    residentBytes: 1_024 + below(random, 65_536),
    pace: { everyMs: 200 + below(random, 5_000), deltaBytes: bytes(), tailBytes: 4 * bytes() },
    folding: { bytesMin: bytes(), stepBytesMin: bytes(), deltasMax: 2 + below(random, 6), pageBytes: bytes() },
  }
}

/** A runner leaves now and then, as it would for a new version of the process. */
const STAY_MS_MAX = 60_000
const AGAIN_AFTER_MS = 200
/** Virtual time stands still while work is done, so nobody ever has to give up a turn. */
const STILL = { workMsMax: 1 }

export function runnerProgram(name: string, desk: RunnerDesk): Program<RunnerPorts> {
  return {
    name,
    async start(ports) {
      const { clock, random, restart } = ports
      const engine = await startEngine(name, desk, ports)
      await sleep(clock, random.next() * STAY_MS_MAX)
      if (desk.finishing) return
      desk.counts.leaves++
      await engine.leave()
      restart()
    },
  }
}

/** A process that cannot begin is started again. */
async function startEngine(name: string, desk: RunnerDesk, ports: RunnerPorts): Promise<Engine> {
  const { clock } = ports
  for (;;) {
    try {
      const engine = await desk.makeEngine(termsFor(name, desk, ports))
      await engine.start()
      return engine
    } catch (error) {
      if (!(error instanceof Failure) || error.verdict !== "retry") throw error
      await sleep(clock, AGAIN_AFTER_MS)
    }
  }
}

function termsFor(name: string, desk: RunnerDesk, ports: RunnerPorts): EngineTerms {
  const { log, control, state, clock, random } = ports
  const { keeping } = desk
  return {
    ...{ log, control, state, clock },
    generation: desk.generation,
    logger: silentLogger,
    id: `${random.uint32().toString(36)}${random.uint32().toString(36)}`,
    watched: [],
    keepsFacts: (type) => type === FACTS_OF,
    guarded: false,
    repeats: desk.repeats,
    ...(keeping === undefined
      ? {}
      : { makeKept: (kept) => new KeptState({ ...kept, ...keeping, openFile: async () => new MemorySpillFile() }) }),
    turns: new Turns({ ...clock, monotonicMs: () => 0 }, STILL.workMsMax),
    observe: {
      committed: () => void desk.counts.frames++,
      takenOver: () => void desk.counts.takeovers++,
    },
    onFailed: (error) => desk.broken(`${name}: ${explain(error)} ${error instanceof Error ? error.stack : ""}`),
  }
}
