/**
 * Publishers and the log of record: clients of the SDK in processes that crash, sleep and start again, over a network
 * that loses and repeats, into a log that is now and then full or away.
 *
 * Owns: setting that stage. Never: judging (recount.ts, watch.ts).
 */

import { below } from "../../base/random.ts"
import { type Client, type ClientParts, createClient } from "../../client/client.ts"
import type { Transport } from "../../client/transport.ts"
import type { Log, Stored } from "../../streams/log.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { INGEST } from "../../streams/names.ts"
import { planTopology, type StreamDeclaration } from "../../streams/topology.ts"
import { simulatedTransport } from "../ports/transport.ts"
import type { Scenario, Stage, Violation } from "../scenario.ts"
import type { World } from "../world.ts"
import { Ledger } from "./ledger.ts"
import { type Desk, drawOptions, publisher } from "./publisher.ts"
import { recount } from "./recount.ts"

/** Where a test may plant a bug, to see that it is found. */
export interface PublishParts {
  readonly streams: (declared: readonly StreamDeclaration[]) => readonly StreamDeclaration[]
  readonly transport: (transport: Transport) => Transport
  readonly makeClient: (parts: ClientParts) => Client
}

const AS_THEY_ARE: PublishParts = {
  streams: (declared) => declared,
  transport: (transport) => transport,
  makeClient: createClient,
}
const PUBLISHERS_MAX = 4
const READ_AT_ONCE = 10_000

export const publishScenario: Scenario = publishWith({})

export function publishWith(planted: Partial<PublishParts>): Scenario {
  const parts = { ...AS_THEY_ARE, ...planted }
  return {
    name: "publish",
    says: "publishers that crash, a network that loses and repeats, a log that is full or away",
    open: (world) => openStage(world, parts),
  }
}

function openStage(world: World, parts: PublishParts): Stage {
  const violations: Violation[] = []
  const desk: Desk = {
    ledger: new Ledger(),
    finishing: false,
    ends: new Map(),
    counts: { noRoom: 0, retries: 0, duplicates: 0, full: 0, messages: 0 },
    broken: (invariant, found) => void violations.push({ invariant, found }),
  }
  const log = openLog(world, parts, desk)
  return {
    async finish() {
      desk.finishing = true
      await Promise.all(desk.ends.values())
    },
    check: async () => [...violations, ...recount(desk.ledger, await everything(log))],
    counts: () => ({ ...desk.ledger.counts(), ...desk.counts }),
  }
}

function openLog(world: World, parts: PublishParts, desk: Desk): Log {
  const server = world.server("nats", { setFull: (full) => log.setOpen(INGEST, !full) })
  const { streams } = planTopology({ generation: 1, diskBytes: 2 ** 40, replicas: 1 })
  const log = new MemoryLog({ clock: server.life.clock, streams: parts.streams(streams) })
  const publishers = 1 + below(world.random, PUBLISHERS_MAX)
  for (let i = 0; i < publishers; i++) {
    const name = `publisher ${i + 1}`
    world.process(publisher(name, drawOptions(world.random), desk), (life, random) => ({
      clock: life.clock,
      random,
      transport: parts.transport(simulatedTransport(server.connect(world.weather, life), log)),
      makeClient: parts.makeClient,
    }))
  }
  return log
}

async function everything(log: Log): Promise<readonly Stored[]> {
  const reader = await log.read({ stream: INGEST, from: 1 })
  const all: Stored[] = []
  for (let some = await reader.next(READ_AT_ONCE, 0); some.length > 0; some = await reader.next(READ_AT_ONCE, 0)) {
    all.push(...some)
  }
  await reader.close()
  return all
}
