/** Owns: one shard's lives: worked by one run after the other, on one log and one state bucket. Never: what is asserted. */

import { sleep, systemClock } from "../../base/clock.ts"
import { silentLogger } from "../../base/log.ts"
import { Turns } from "../../base/turns.ts"
import { FrameReader } from "../../streams/frame.read.ts"
import { encodeFrame, type Frame } from "../../streams/frame.ts"
import type { Stored } from "../../streams/log.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { MemoryStore } from "../../streams/memory/store.ts"
import { outboxStream, shardSubject, shardsStream } from "../../streams/names.ts"
import { encodeSections, type Section } from "../../streams/section.ts"
import type { Store } from "../../streams/store.ts"
import { planTopology } from "../../streams/topology.ts"
import { Packer } from "../../wire/pack.ts"
import { castOf } from "../cast.ts"
import { instanceBytes } from "../instance.codec.ts"
import { ShardMachine } from "../machine.ts"
import { KeptState, type StateTerms } from "../recovery.ts"
import { MemoryDeadlines, MemoryInstances } from "../residency.ts"
import { Residents } from "../resident.ts"
import type { FoldingPace } from "../snapshot/folding.ts"
import { MemorySpillFile } from "../spill/memory-file.ts"
import { type Kept, Worker, type WorkerEnd } from "../worker.ts"
import { Mortal } from "./mortal.ts"
import { LOAD_ROUTES } from "./shard-load.ts"

const GENERATION = 1
const SHARD = 0
export const PARTS = castOf(LOAD_ROUTES).parts
const TERMS = { generation: GENERATION, shard: SHARD, shards: 1, routes: LOAD_ROUTES, guarded: false }

/** Everything happens often: snapshots with each frame, small pages, folding all the time. */
export const EAGER = { everyMs: 0, deltaBytes: 1, tailBytes: 1 }
export const SMALL: FoldingPace = { bytesMin: 4_000, stepBytesMin: 6_000, deltasMax: 6, pageBytes: 3_000 }

export interface Life {
  readonly mortal: Mortal
  readonly kept: KeptState
  readonly worker: Worker
  readonly ended: Promise<WorkerEnd>
  isEnded(): boolean
  /** The state is as it was when it was taken over. */
  readonly caughtUp: Promise<void>
  machine(): ShardMachine
  residents(): Residents
  /** Frames that were cut and did not arrive yet. */
  inFlight(): number
}

export class ShardLives {
  readonly clock = systemClock
  readonly log: MemoryLog
  readonly state: Store
  #lives = 0

  constructor(state?: Store) {
    const { streams } = planTopology({ generation: GENERATION, diskBytes: 2 ** 32, replicas: 1 })
    this.log = new MemoryLog({ clock: this.clock, streams })
    this.state = state ?? new MemoryStore({ clock: this.clock })
  }

  async send(messages: readonly (readonly Section[])[]): Promise<void> {
    for (const sections of messages) {
      const body = Uint8Array.from(encodeSections(sections, new Packer(Buffer.alloc(1_024))))
      await this.log.append({ subject: shardSubject(GENERATION, SHARD), body })
    }
  }

  begin(pace: Partial<StateTerms> = { pace: EAGER, folding: SMALL, residentBytes: 60_000 }): Life {
    const mortal = new Mortal()
    const made: { machine?: ShardMachine; residents?: Residents } = {}
    const kept = new KeptState({
      ...{ store: mortal.store(this.state), clock: this.clock, logger: silentLogger },
      ...{ generation: GENERATION, shard: SHARD, parts: PARTS, residentBytes: 60_000 },
      openFile: async () => new MemorySpillFile(),
      make(instances, deadlines, core) {
        made.machine = new ShardMachine(TERMS, instances, deadlines, core)
        if (instances instanceof Residents) made.residents = instances
        return made.machine
      },
      ...pace,
    })
    let inFlight = 0
    const watched: Kept = {
      open: (epoch) => kept.open(epoch),
      fetch: (shard) => kept.fetch(shard),
      cut(shard, head) {
        inFlight++
        kept.cut(shard, head)
      },
      committed(committed) {
        inFlight--
        kept.committed(committed)
      },
      close: () => kept.close(),
    }
    const caughtUp = Promise.withResolvers<void>()
    const worker = new Worker({
      ...{ log: mortal.log(this.log), clock: this.clock, logger: silentLogger, kept: watched },
      ...{ generation: GENERATION, shard: SHARD, writer: `run-${this.#lives++}` },
      turns: new Turns(this.clock, 1),
      onCommitted() {},
      onCaughtUp: () => caughtUp.resolve(),
      onFailed() {},
    })
    const ended = worker.run()
    let isEnded = false
    ended
      .catch(() => {})
      .finally(() => {
        isEnded = true
      })
    return {
      inFlight: () => inFlight,
      isEnded: () => isEnded,
      mortal,
      kept,
      worker,
      ended,
      caughtUp: caughtUp.promise,
      machine: () => made.machine!,
      residents: () => made.residents!,
    }
  }

  /** Until all that was sent is in frames, or its life is over. */
  async finish(life: Life): Promise<void> {
    const { last } = await this.log.bounds(shardsStream(GENERATION))
    const over = Promise.race([life.mortal.over, life.ended])
    await Promise.race([life.caughtUp, over])
    const isDone = () => life.machine().point.sequence > last && !life.machine().matters && life.inFlight() === 0
    while (!life.mortal.isOver && !life.isEnded() && !isDone()) await sleep(this.clock, 2)
    if (!life.isEnded()) await Promise.race([life.kept.written(), over])
  }

  /** Somebody who slept while taking over may still do so: whoever has the shard in the end, with everything done. */
  async beginAndFinish(): Promise<Life> {
    for (;;) {
      const life = this.begin()
      await this.finish(life)
      if (!life.isEnded()) return life
    }
  }

  async frames(): Promise<readonly Frame[]> {
    const stream = outboxStream(GENERATION)
    const reader = await this.log.read({ stream, from: 1 })
    const { last } = await this.log.bounds(stream)
    const stored: Stored[] = []
    while (stored.length < last) stored.push(...(await reader.next(1_000, 0)))
    await reader.close()
    return stored.map(({ body }) => new FrameReader(body).whole())
  }
}

/** What a shard that never crashed makes of them. */
export function undisturbed(messages: readonly (readonly Section[])[]) {
  const instances = new MemoryInstances()
  const machine = new ShardMachine(TERMS, instances, new MemoryDeadlines())
  const frames: Frame[] = []
  messages.forEach((sections, i) => {
    machine.begin(i + 1, sections)
    while (machine.step());
    const frame = machine.cut({ epoch: 1, n: frames.length + 1, writer: "undisturbed" })
    if (frame !== undefined) frames.push(new FrameReader(encodeFrame(frame)).whole())
  })
  const bytes = new Map([...instances.all()].map((each) => [each.name, hex(instanceBytes(PARTS[each.actor]!, each))]))
  return { machine, frames, bytes }
}

/** Every instance of the names, wherever it is now. */
export async function bytesOf(residents: Residents, names: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const all = [...names]
  const bytes = new Map<string, string>()
  for (let from = 0; from < all.length; from += 50) {
    const some = all.slice(from, from + 50)
    await residents.fetch(some)
    for (const name of some) {
      const instance = residents.resident(name)
      if (instance !== undefined) bytes.set(name, hex(instanceBytes(PARTS[instance.actor]!, instance)))
    }
  }
  return bytes
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")

/** What sinks would have in the end: the newest of every row, and each letter and emit, in any order. */
export function folded(frames: readonly Frame[]) {
  const rows = new Map<string, string>()
  for (const { views } of frames) {
    for (const { view, rows: changed } of views) {
      for (const { tenant, key, window, ...row } of changed) {
        const name = `${view} ${tenant} ${window?.[0]} ${key}`
        if (row.values === null) rows.delete(name)
        else rows.set(name, JSON.stringify({ ...row, end: window?.[1] }))
      }
    }
  }
  const late = frames.flatMap((frame) => frame.late.map((letter) => JSON.stringify(letter))).sort()
  const dead = frames
    .flatMap((frame) => frame.dead.map(({ lane, place, key, id }) => `${lane} ${place} ${key} ${id}`))
    .sort()
  const emits = frames.flatMap((frame) => frame.emits.map(({ id }) => id)).sort()
  return { rows, late, dead, emits, counts: frames.at(-1)!.head.counts }
}
