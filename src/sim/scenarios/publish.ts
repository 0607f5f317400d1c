/**
 * Publishers and the log of record: clients of the SDK in processes that crash, sleep and start again, over a network
 * that loses and repeats, into a log that is now and then full or away.
 *
 * Owns: setting that stage. Never: judging (recount.ts, watch.ts).
 */

import { below } from "../../base/random.ts"
import { type Client, type ClientParts, createClient } from "../../client/client.ts"
import type { Transport } from "../../client/transport.ts"
import type { StreamDeclaration } from "../../streams/topology.ts"
import { openLog, readAll } from "../ingest.ts"
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
  const { server, log } = openLog(world, parts.streams)
  const publishers = 1 + below(world.random, PUBLISHERS_MAX)
  for (let i = 0; i < publishers; i++) {
    world.process(publisher(`publisher ${i + 1}`, drawOptions(world.random), desk), (life, random) => ({
      clock: life.clock,
      random,
      transport: parts.transport(simulatedTransport(server.connect(world.weather, life), log)),
      makeClient: parts.makeClient,
    }))
  }
  return {
    async finish() {
      desk.finishing = true
      await Promise.all(desk.ends.values())
    },
    check: async () => [...violations, ...recount(desk.ledger, await readAll(log))],
    counts: () => ({ ...desk.ledger.counts(), ...desk.counts }),
  }
}
