/**
 * Owns: a user's events through a simulated installation: clients that crash and try again, a network that loses and
 * repeats, the log, and decoding. Never: actors; what comes out is what a router would hand to them.
 *
 * U1 every event comes out once, as an event or as a rejection, or was refused at the client's door.
 * U2 events of one key come out in the order in which they were given.
 */

import { assert } from "../base/assert.ts"
import { type Clock, sleep } from "../base/clock.ts"
import { Misuse } from "../base/errors.ts"
import { fnv1a } from "../base/hash.ts"
import { SIM_FINISH_STEPS_MAX } from "../base/limits.ts"
import type { Random } from "../base/random.ts"
import { type Client, createClient } from "../client/client.ts"
import type { EventToPublish } from "../client/event.ts"
import { PublishFailed } from "../client/failures.ts"
import type { Transport } from "../client/transport.ts"
import type { AnyEvent } from "../define/event.ts"
import { registryOf } from "../define/registry.ts"
import { DECODE_LIMITS, type DecodedEvent } from "../streams/decode.outcome.ts"
import { reasonText } from "../streams/decode.reasons.ts"
import { decodeMessage } from "../streams/decode.ts"
import { type FaultPlan, NO_FAULTS } from "./faults.ts"
import { openLog, readAll } from "./ingest.ts"
import { simulatedTransport } from "./ports/transport.ts"
import type { Program } from "./process.ts"
import { type FaultName, World } from "./world.ts"

export interface SimulatePublishing {
  /** The definitions that are known to whoever reads. */
  readonly events: readonly AnyEvent[]
  /** In this order, for each key. `PostLiked({ … })` is one, and so is anything a client takes. */
  readonly publish: readonly EventToPublish[]
  /** The same seed, the same run. 1 unless it says otherwise. */
  readonly seed?: number
  /** `drawn`: the seed decides which and how often. */
  readonly faults?: "drawn" | "none" | FaultPlan
  readonly tenant?: string
  /** How many clients share the work. */
  readonly clients?: number
}

export interface PublishingOutcome {
  /** As routers read them, in the order of the log, repeats left out. */
  readonly events: readonly DecodedEvent[]
  /** What no reader could make sense of. */
  readonly rejected: readonly {
    readonly id: string | undefined
    readonly type: string | undefined
    readonly reason: string
  }[]
  /** What a client would not even send. */
  readonly refused: readonly { readonly event: EventToPublish; readonly reason: string }[]
  /** How often what went wrong. */
  readonly faults: Readonly<Partial<Record<FaultName, number>>>
  /** Copies that retries left in the log, and a router drops. */
  readonly repeats: number
  readonly virtualMs: number
  readonly hash: string
}

const CLIENTS = 3
const CLIENTS_MAX = 16
/** Between two events of a key, so that there is time for things to go wrong. */
const REST_MS_MAX = 500
const AGAIN_AFTER_MS = 1_000
const TROUBLE_STEPS_MAX = 20_000

export async function simulatePublishing(given: SimulatePublishing): Promise<PublishingOutcome> {
  const { tenant = "test", seed = 1, faults = "drawn", clients = CLIENTS } = given
  if (!(Number.isSafeInteger(clients) && clients >= 1 && clients <= CLIENTS_MAX)) {
    throw new Misuse({
      operation: "simulate publishing",
      reason: `clients must be a whole number from 1 to ${CLIENTS_MAX}`,
    })
  }
  const registry = registryOf(given.events)
  const world = new World(seed, plan(faults))
  const log = openLog(world)
  const work = new Work(
    given.publish.map((event, at) => ({ ...event, tenant: event.tenant ?? tenant, id: event.id ?? `given-${at}` })),
  )
  for (let i = 0; i < clients; i++) {
    world.process(clientProgram(`client ${i + 1}`, work, i, clients), (life, random) => ({
      clock: life.clock,
      random,
      transport: simulatedTransport(log.server.connect(world.weather, life), log.log),
    }))
  }
  world.startTrouble()
  await world.scheduler.run({ until: () => work.isDone, withinSteps: TROUBLE_STEPS_MAX })
  world.makePeace()
  const ended = await world.scheduler.run({ until: () => work.isDone, withinSteps: SIM_FINISH_STEPS_MAX })
  assert(work.isDone, `publishing did not come to its end: ${ended}, seed ${seed}`)
  const read = await readAll(log.log)
  const decoded = read.map((stored) => decodeMessage(registry, DECODE_LIMITS, stored))
  const events = decoded.flatMap((each) => each.events)
  const rejected = decoded.flatMap((each) => each.rejected)
  return {
    events: firstOnes(events),
    rejected: firstOnes(rejected).map(({ id, type, reason }) => ({ id, type, reason: reasonText(reason) })),
    refused: work.refused,
    faults: Object.fromEntries(world.faultCounts),
    repeats: events.length - firstOnes(events).length,
    virtualMs: world.scheduler.nowMs,
    hash: world.scheduler.trace.hash,
  }
}

interface Named {
  readonly tenant: string | undefined
  readonly type: string | undefined
  readonly id: string | undefined
}

/** What a router does with repeats: the first one counts. */
function firstOnes<T extends Named>(all: readonly T[]): readonly T[] {
  const seen = new Set<string>()
  return all.filter(({ tenant, type, id }) => {
    const before = seen.size
    return seen.add(JSON.stringify([tenant, type, id])).size > before
  })
}

function plan(faults: NonNullable<SimulatePublishing["faults"]>): FaultPlan | undefined {
  if (faults === "drawn") return undefined
  return faults === "none" ? NO_FAULTS : faults
}

type Given = EventToPublish & { readonly id: string; readonly tenant: string }

/** What is still to be published, by key: it outlives the clients, as a caller's own queue or database would. */
class Work {
  readonly refused: { readonly event: EventToPublish; readonly reason: string }[] = []
  /** By tenant and key, in order; the first one is the one that is being published. */
  readonly #lines = new Map<string, Given[]>()
  #left: number

  constructor(given: readonly Given[]) {
    this.#left = given.length
    for (const event of given) {
      const name = `${event.tenant} ${event.key}`
      this.#lines.set(name, [...(this.#lines.get(name) ?? []), event])
    }
  }

  get isDone(): boolean {
    return this.#left === 0
  }

  /** Those of one client among so many. */
  linesOf(client: number, clients: number): readonly Given[][] {
    return [...this.#lines].filter(([name]) => fnv1a(name) % clients === client).map(([, line]) => line)
  }

  done(line: Given[]): void {
    line.shift()
    this.#left--
  }

  refuse(line: Given[], reason: string): void {
    this.refused.push({ event: line[0]!, reason })
    this.done(line)
  }
}

interface ClientPorts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
}

function clientProgram(name: string, work: Work, at: number, clients: number): Program<ClientPorts> {
  return {
    name,
    async start(ports) {
      const client = createClient(ports)
      await Promise.all(work.linesOf(at, clients).map((line) => publishLine(client, line, work, ports)))
      await client.close()
    },
  }
}

/** The next one only when the one before is acknowledged: so order holds over failures and crashes, too. */
async function publishLine(client: Client, line: Given[], work: Work, { clock, random }: ClientPorts): Promise<void> {
  while (line.length > 0) {
    await sleep(clock, random.next() * REST_MS_MAX)
    try {
      await client.publish(line[0]!)
      work.done(line)
    } catch (error) {
      if (!(error instanceof PublishFailed)) throw error
      if (error.verdict === "refuse" && !error.maybeStored) work.refuse(line, error.reason)
      else await sleep(clock, AGAIN_AFTER_MS)
    }
  }
}
