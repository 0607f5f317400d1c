/**
 * Owns: shards of one process that work `post_engagement` with all their state kept as a runner keeps it: resident,
 * spilled, snapshotted; each event to a post of its own.
 * Does not measure: routing, reading, appending frames (they are cut and thrown away), the bucket's server.
 */

import { castOf } from "../actors/cast.ts"
import { ShardMachine } from "../actors/machine.ts"
import { START_POINT } from "../actors/point.ts"
import { KeptState } from "../actors/recovery.ts"
import type { Shard } from "../actors/shard.ts"
import { Gate } from "../actors/snapshot/gate.ts"
import type { SpillFile } from "../actors/spill/spill-file.ts"
import { systemClock, yieldTurn } from "../base/clock.ts"
import { FRAME_CUT_BYTES, LANES, RESIDENT_BYTES_PER_RUNNER } from "../base/limits.ts"
import { silentLogger } from "../base/log.ts"
import { postEngagement } from "../builtin/actors.ts"
import { encodeFrame, type FrameHead } from "../streams/frame.ts"
import { afterMessage, placeOf, START } from "../streams/place.ts"
import { routesOf } from "../streams/route/routes.ts"
import { SegmentGatherer } from "../streams/route/segments.ts"
import type { Section, Segment } from "../streams/section.ts"
import type { Store } from "../streams/store.ts"

const EVENTS_PER_SEGMENT = 256
const SEGMENTS_PER_MESSAGE = 4
export const EVENTS_PER_MESSAGE = EVENTS_PER_SEGMENT * SEGMENTS_PER_MESSAGE
const BEGINS_AT = 1_767_225_600_000
const OUT_OF_ORDER_MS = 2_000
const EPOCH_HEAD: FrameHead = {
  ...{ generation: 1, shard: 0, epoch: 1, n: 1, writer: "bench", from: START_POINT, to: START_POINT },
  ...{ taken: [], watermarks: [], coverage: [], deadlines: [] },
  counts: { delivered: 0, applied: 0, late: 0, dead: 0, rejected: 0, emitted: 0, closed: 0 },
}

const gate = new Gate()
const routes = routesOf([postEngagement.definition])
const { parts } = castOf(routes)

/** One shard of several in a process. */
export class LoadedShard {
  readonly #shard: number
  readonly #kept: KeptState
  #machine: Shard | undefined
  #head: FrameHead
  #sequence = 0
  #lane0 = 0

  constructor(shard: number, shards: number, store: Store, openFile: () => Promise<SpillFile>) {
    this.#shard = shard
    this.#head = { ...EPOCH_HEAD, shard }
    this.#kept = new KeptState({
      ...{ store, clock: systemClock, logger: silentLogger, generation: 1, shard, parts, openFile, gate },
      residentBytes: RESIDENT_BYTES_PER_RUNNER / shards,
      make: (instances, deadlines, core) =>
        new ShardMachine({ generation: 1, shard, shards, routes, guarded: false }, instances, deadlines, core),
    })
  }

  async open(): Promise<void> {
    this.#machine = await this.#kept.open({ head: this.#head, sequence: 1 })
  }

  /** Events to these posts, at that time: what was due before is closed. */
  async take(posts: readonly number[], at: number): Promise<void> {
    const shard = this.#machine!
    shard.begin(++this.#sequence, this.#sections(posts, at))
    for (;;) {
      await this.#kept.fetch(shard)
      const more = shard.step()
      if (shard.size >= FRAME_CUT_BYTES) this.#cut(shard)
      if (!more) break
    }
    this.#cut(shard)
    await yieldTurn()
  }

  async close(): Promise<void> {
    await this.#kept.written()
    await this.#kept.close()
  }

  #cut(shard: Shard): void {
    const before = this.#head
    const frame = shard.cut({ epoch: 1, n: before.n + 1, writer: "bench" })
    if (frame === undefined) return
    this.#head = frame.head
    this.#kept.cut(shard, frame.head)
    const { length } = encodeFrame(frame)
    this.#kept.committed({ head: frame.head, before, sequence: frame.head.n, bytes: length, tookMs: 0 })
  }

  #sections(posts: readonly number[], at: number): readonly Section[] {
    const after = this.#lane0 === 0 ? START : afterMessage(this.#lane0)
    const segments: Segment[] = []
    for (let from = 0; from < posts.length; from += EVENTS_PER_SEGMENT) {
      segments.push(this.#segment(posts.slice(from, from + EVENTS_PER_SEGMENT), at))
    }
    const watermarks = [at - OUT_OF_ORDER_MS]
    const first = { lane: 0, after, upto: afterMessage(this.#lane0), watermarks, segments }
    const others = Array.from({ length: LANES - 1 }, (_, i): Section => {
      return { lane: i + 1, after: START, upto: START, watermarks, segments: [] }
    })
    return [first, ...others]
  }

  #segment(posts: readonly number[], at: number): Segment {
    const { actor, type, plan } = routes.byType.get("post_liked")![0]!
    const gatherer = new SegmentGatherer(1)
    posts.forEach((post, index) => {
      const data = { postId: `post-${this.#shard}-${post}`, userId: `user-${post % 1_000}`, region: "eu" }
      const record = { type, index, time: at - (index % 1_000), inputs: plan.prepare(data) }
      gatherer.record(actor, "demo", data.postId, null, record)
    })
    const made: Segment[] = []
    gatherer.end(placeOf(++this.#lane0, 0), at - OUT_OF_ORDER_MS, at, (_, segment) => made.push(segment))
    return made[0]!
  }
}

/** Event time goes on as if so many events came in a second, over all shards. */
export const timeAt = (event: number, perSecond: number) => BEGINS_AT + Math.floor((event * 1_000) / perSecond)
