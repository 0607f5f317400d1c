/** Owns: a whole cluster in memory for tests: one log, one store, runners that join, leave, die, sleep. */

import * as Schema from "effect/Schema"
import { ManualClock } from "../../base/clock.manual.ts"
import { silentLogger } from "../../base/log.ts"
import { actor } from "../../define/actor.ts"
import { event } from "../../define/event.ts"
import { registryOf } from "../../define/registry.ts"
import { inherited, tumbling } from "../../define/windows.ts"
import { FrameReader } from "../../streams/frame.read.ts"
import type { FrameHead } from "../../streams/frame.ts"
import type { Log, Stored } from "../../streams/log.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { MemoryStore } from "../../streams/memory/store.ts"
import { outboxStream } from "../../streams/names.ts"
import { routesOf } from "../../streams/route/routes.ts"
import type { Store } from "../../streams/store.ts"
import { planTopology } from "../../streams/topology.ts"
import { viewsOf } from "../../streams/views.ts"
import { laneOf, selectorFor } from "../../wire/lane.ts"
import { pack } from "../../wire/pack.ts"
import { batchSubject } from "../../wire/subject.ts"
import { type Engine, makeEngine } from "../engine.ts"
import type { Committed } from "../worker.ts"

const Sold = event("sold", {
  version: 1,
  key: "shop",
  data: Schema.Struct({ shop: Schema.String, town: Schema.String, price: Schema.Finite }),
})
export const shops = actor("shops", {
  version: 1,
  on: [Sold],
  key: (e) => ({ shop: e.shop, town: e.town }),
  keyNames: ["shop", "town"],
  windows: [tumbling("1 minute")],
  measures: (m) => ({ sold: m.count(), revenue: m.sum("price", { scale: 2 }) }),
})
/** Fed by what closes: through the loop. */
export const towns = actor("towns", {
  version: 1,
  on: [shops.closed],
  key: "town",
  windows: [inherited],
  measures: (m) => ({ shops: m.count(), sold: m.sum("sold", { scale: 0 }) }),
})

const TENANT = "acme"
const DISK_BYTES = 1024 ** 3

export const DEFINITIONS = [shops.definition, towns.definition]
export const OUT_OF_ORDER_MS = 2_000

export interface Sale {
  readonly id: string
  readonly shop: string
  readonly town: string
  readonly price: number
  readonly time: number
}

/** What a runner sees in place of what the others see. */
interface RunnersOwn {
  readonly log?: Log
  readonly control?: Store
  readonly shards?: number
}

export class Cluster {
  readonly clock = new ManualClock()
  readonly shards: number
  readonly log: MemoryLog
  readonly control = new MemoryStore({ clock: this.clock })
  readonly state = new MemoryStore({ clock: this.clock })
  readonly failures: unknown[] = []
  readonly committed: { readonly runner: string; readonly shard: number; readonly committed: Committed }[] = []

  constructor(shards = 4) {
    this.shards = shards
    const { streams } = planTopology({ generation: 1, diskBytes: DISK_BYTES, replicas: 1 })
    this.log = new MemoryLog({ clock: this.clock, streams })
  }

  runner(id: string, own: RunnersOwn = {}): Promise<Engine> {
    const { clock, state } = this
    const { log, control, shards } = { ...this, ...own }
    return makeEngine({
      generation: {
        number: 1,
        shards,
        outOfOrderMs: OUT_OF_ORDER_MS,
        definitions: DEFINITIONS,
        registry: registryOf([Sold]),
      },
      ...{ log, control, state, clock, id },
      logger: silentLogger,
      watched: [],
      keepsFacts: () => false,
      guarded: true,
      repeats: { idsMax: 10_000, withinMs: 600_000 },
      observe: {
        committed: (shard, committed) => void this.committed.push({ runner: id, shard, committed }),
        takenOver() {},
      },
      onFailed: (error) => void this.failures.push(error),
    })
  }

  /** One message of one lane for each lane that the sales fall into. */
  async publish(sales: readonly Sale[]): Promise<void> {
    const byLane = new Map<number, Sale[]>()
    for (const sale of sales) {
      const lane = laneOf(TENANT, sale.shop)
      byLane.set(lane, [...(byLane.get(lane) ?? []), sale])
    }
    for (const [lane, some] of byLane) {
      const rows = some.map(({ id, time, shop, town, price }) => [0, id, time, shop, town, price])
      const body = pack([1, `m${some[0]!.id}`, [["sold", 1, ["shop", "town", "price"]]], rows])
      await this.log.append({ subject: batchSubject(TENANT, selectorFor(TENANT, lane)), body })
    }
  }

  async frames(): Promise<readonly Stored[]> {
    return this.messages(outboxStream(1))
  }

  async messages(stream: string): Promise<readonly Stored[]> {
    const reader = await this.log.read({ stream, from: 1 })
    const all = await reader.next(1_000_000, 0)
    await reader.close()
    return all
  }

  async heads(): Promise<readonly FrameHead[]> {
    return (await this.frames()).map(({ body }) => new FrameReader(body).head())
  }

  /** Of each shard the newest. */
  async newestHeads(): Promise<readonly FrameHead[]> {
    const byShard = new Map((await this.heads()).map((head) => [head.shard, head]))
    return [...byShard.values()]
  }

  /** Rows by key, of a view by its name: what a sink would hold. */
  async view(name: string): Promise<ReadonlyMap<string, readonly unknown[]>> {
    const wanted = viewsOf(routesOf(DEFINITIONS).actors).find((view) => view.name === name)
    const rows = new Map<string, readonly unknown[]>()
    for (const { body } of await this.frames()) {
      for (const { view, rows: some } of new FrameReader(body).views()) {
        if (view !== wanted?.number) continue
        for (const { key, window, values, closed } of some) {
          const id = window === null ? key : `${key}@${window[0]}`
          if (values === null) rows.delete(id)
          else rows.set(id, window === null ? values : [closed, ...values])
        }
      }
    }
    return rows
  }

  /** Time passes, in small pieces, so that loops of several runners take turns. */
  async elapse(ms: number, pieceMs = 10): Promise<void> {
    for (let left = ms; left > 0; left -= pieceMs) await this.clock.elapse(Math.min(left, pieceMs))
  }
}
