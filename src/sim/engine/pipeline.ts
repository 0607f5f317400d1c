/**
 * Owns: a whole generation in memory: lane routers, shard machines, loop routers, between them the bytes that would
 * travel, in any order that streams could bring. Never: servers, clocks; and no faults (those are the simulator's).
 */

import { castOf } from "../../actors/cast.ts"
import { decodeInstance, encodeInstance } from "../../actors/instance.codec.ts"
import { ShardMachine } from "../../actors/machine.ts"
import { MemoryDeadlines, MemoryInstances } from "../../actors/residency.ts"
import type { ShardCore, ShardTerms } from "../../actors/shard.ts"
import { assert } from "../../base/assert.ts"
import { FRAME_BYTES_MAX, FRAME_CUT_BYTES, LANES, SEGMENTS_PER_MESSAGE_MAX } from "../../base/limits.ts"
import type { Definition } from "../../define/definition.ts"
import { isClosed } from "../../define/definition.ts"
import type { AnyEvent, WireData } from "../../define/event.ts"
import type { Encoded } from "../../define/measures/measure.ts"
import { registryOf } from "../../define/registry.ts"
import { DECODE_LIMITS } from "../../streams/decode.outcome.ts"
import { FrameReader } from "../../streams/frame.read.ts"
import { encodeFrame, type Frame, type Point } from "../../streams/frame.ts"
import { loopLane } from "../../streams/lanes.ts"
import type { Stored } from "../../streams/log.ts"
import { START } from "../../streams/place.ts"
import { LaneRouter } from "../../streams/route/lane-router.ts"
import { LoopRouter } from "../../streams/route/loop-router.ts"
import { Repeats } from "../../streams/route/repeats.ts"
import { routesOf } from "../../streams/route/routes.ts"
import { type Coverage, decodeSections, encodeSections, type Section, type Segment } from "../../streams/section.ts"
import { viewsOf } from "../../streams/views.ts"
import { Packer, pack } from "../../wire/pack.ts"
import { storedSubject, tickSubject } from "../../wire/subject.ts"
import { Unpacker, unpack } from "../../wire/unpack.ts"
import { Views } from "./views.ts"

export interface PipelineOptions {
  readonly definitions: readonly Definition[]
  /** That nobody listens to, but that are known. */
  readonly events?: readonly AnyEvent[]
  readonly shards?: number
  /** Clock, chance and I/O throw inside actors' functions; true unless said. */
  readonly guarded?: boolean
  readonly outOfOrderMs?: number
  /** Whether a frame is cut here, where one could be: after a step, and after a message. */
  readonly cuts?: (after: "step" | "message") => boolean
  /** Whether, where a frame was cut, the shard goes on as another that has its state in wire form. */
  readonly takeovers?: () => boolean
  /** One of so many: what happens next. The first, unless said. */
  readonly choose?: (count: number) => number
  readonly keepsFacts?: boolean
}

export interface Given {
  readonly tenant: string
  readonly type: string
  readonly version: number
  readonly id: string | null
  readonly time: number
  readonly data: WireData
}

interface Told {
  place: number
  coverage: readonly Coverage[]
}

const OUT_OF_ORDER_MS = 2_000

export class Pipeline {
  readonly frames: Frame[] = []
  readonly bytes: Uint8Array[] = []
  readonly views: Views
  readonly machines: ShardMachine[]
  readonly #options: PipelineOptions
  readonly #terms: readonly ShardTerms[]
  readonly #instances: MemoryInstances[]
  readonly #lanes: LaneRouter[]
  readonly #loops: LoopRouter[]
  /** What each lane's log still has for its router. */
  readonly #logs: Stored[][] = Array.from({ length: LANES }, () => [])
  readonly #sequences: number[] = Array.from({ length: LANES }, () => 0)
  /** By shard: messages of each of its lanes, in the lane's order. */
  readonly #inboxes: Map<number, Uint8Array[]>[]
  readonly #shardSequences: number[]
  readonly #frameNumbers: number[]
  readonly #told: Map<number, Told>[]
  readonly #packer = new Packer(Buffer.allocUnsafe(4_096))
  readonly #unpacker = new Unpacker()

  constructor(options: PipelineOptions) {
    const { definitions, shards = 1, guarded = true, outOfOrderMs = OUT_OF_ORDER_MS, keepsFacts = false } = options
    this.#options = options
    const routes = routesOf(definitions)
    const registry = registryOf(new Set([...eventsOf(definitions), ...(options.events ?? [])]))
    const repeats = () => new Repeats({ idsMax: 65_536, withinMs: 600_000 })
    const counts = { accepted: 0, routed: 0, repeated: 0, rejected: 0 }
    const from = { place: START, watermark: Number.NEGATIVE_INFINITY, counts }
    const terms = { shards, routes, registry, limits: DECODE_LIMITS, outOfOrderMs, keepsFacts: () => keepsFacts }
    const numbers = Array.from({ length: shards }, (_, shard) => shard)
    this.#lanes = this.#logs.map((_, lane) => new LaneRouter({ ...terms, lane }, repeats(), from))
    const fresh = { place: START, sequence: 0, watermarks: [] }
    this.#loops = numbers.map((shard) => new LoopRouter({ shard, shards, routes }, fresh))
    this.#instances = numbers.map(() => new MemoryInstances())
    this.#terms = numbers.map((shard) => ({ generation: 1, shard, shards, routes, guarded }))
    this.machines = numbers.map(
      (shard) => new ShardMachine(this.#terms[shard]!, this.#instances[shard]!, new MemoryDeadlines()),
    )
    this.#inboxes = numbers.map(() => new Map())
    this.#shardSequences = numbers.map(() => 0)
    this.#frameNumbers = numbers.map(() => 0)
    this.#told = numbers.map(() => new Map())
    this.views = new Views(viewsOf(routes.actors))
  }

  /** A message of a lane's log. */
  publish(lane: number, arrivedAt: number, events: readonly Given[]): void {
    const shapes = events.map(({ type, version, data }) => [type, version, Object.keys(data)])
    const rows = events.map(({ id, time, data }, i) => [i, id, time, ...Object.values(data)])
    const sequence = this.#sequences[lane]! + 1
    const body = pack([1, `${lane}-${sequence}`, shapes, rows])
    this.#append(lane, storedSubject(lane, events[0]!.tenant, "_batch"), arrivedAt, body)
  }

  /** Arrival time goes on in every lane. */
  tick(arrivedAt: number): void {
    for (let lane = 0; lane < LANES; lane++) this.#append(lane, tickSubject(lane), arrivedAt, new Uint8Array())
  }

  /** Until nothing is left to do. */
  run(): void {
    const { choose = () => 0 } = this.#options
    for (;;) {
      const next = [...this.#routable(), ...this.#takeable()]
      if (next.length > 0) next[choose(next.length)]!()
      else if (!this.machines.some((_, shard) => this.#cut(shard))) return
    }
  }

  #append(lane: number, subject: string, arrivedAt: number, body: Uint8Array): void {
    const sequence = this.#sequences[lane]! + 1
    this.#sequences[lane] = sequence
    this.#logs[lane]!.push({ sequence, subject, arrivedAt, headers: {}, body })
  }

  #routable(): (() => void)[] {
    return this.#logs.flatMap((log, lane) => (log.length === 0 ? [] : [() => this.#route(lane, log.shift()!)]))
  }

  #takeable(): (() => void)[] {
    return this.#inboxes.flatMap((inbox, shard) =>
      [...inbox.values()].flatMap((waiting) =>
        waiting.length === 0 ? [] : [() => this.#take(shard, waiting.shift()!)],
      ),
    )
  }

  #route(lane: number, stored: Stored): void {
    const router = this.#lanes[lane]!
    const segments = this.#gather((deliver) => router.take(stored, deliver))
    const { place, watermark } = router.state
    this.#tell(lane, place, [watermark], [], segments)
  }

  #loop(shard: number, frame: Uint8Array, coverage: readonly Coverage[]): void {
    const router = this.#loops[shard]!
    const sequence = this.#frameNumbers[shard]!
    const stored = { sequence, subject: "", arrivedAt: 0, headers: {}, body: frame }
    const segments = this.#gather((deliver) => router.take(stored, deliver))
    const { place, watermarks } = router.state
    this.#tell(loopLane(shard), place, watermarks, coverage, segments)
  }

  #gather(take: (deliver: (shard: number, segment: Segment) => void) => void): readonly Segment[][] {
    const segments: Segment[][] = this.machines.map(() => [])
    take((shard, segment) => segments[shard]!.push(segment))
    return segments
  }

  #tell(
    lane: number,
    upto: number,
    watermarks: readonly number[],
    coverage: readonly Coverage[],
    segments: readonly Segment[][],
  ): void {
    segments.forEach((of, shard) => {
      const told = this.#told[shard]!.get(lane)
      const after = told?.place ?? START
      this.#told[shard]!.set(lane, { place: upto, coverage })
      const section: Section = { lane, after, upto, watermarks, coverage, segments: of }
      const inbox = this.#inboxes[shard]!.get(lane) ?? []
      this.#inboxes[shard]!.set(lane, inbox)
      inbox.push(Uint8Array.from(encodeSections([section], this.#packer)))
    })
  }

  #take(shard: number, message: Uint8Array): void {
    const { cuts = (after) => after === "message", takeovers = () => false } = this.#options
    const sequence = ++this.#shardSequences[shard]!
    const begin = () => this.machines[shard]!.begin(sequence, decodeSections(message, this.#unpacker))
    begin()
    while (this.machines[shard]!.step(this.#nextUnit(shard))) {
      if (this.machines[shard]!.size < FRAME_CUT_BYTES && !cuts("step")) continue
      if (!this.#cut(shard) || !takeovers()) continue
      this.#takeOver(shard)
      if (this.machines[shard]!.point.sequence <= sequence) begin()
    }
    if (cuts("message")) this.#cut(shard)
  }

  /** One unit a step, where cuts are asked about after steps. */
  #nextUnit(shard: number): Point | undefined {
    if (this.#options.cuts === undefined) return undefined
    const { sequence, step } = this.machines[shard]!.point
    return { sequence, step: step + 1 }
  }

  /** As from a snapshot of everything. */
  #takeOver(shard: number): void {
    const before = this.machines[shard]!
    const terms = this.#terms[shard]!
    const { parts } = castOf(terms.routes)
    const instances = new MemoryInstances()
    const deadlines = new MemoryDeadlines()
    for (const instance of this.#instances[shard]!.all()) {
      const part = parts[instance.actor]!
      const bytes = pack(encodeInstance(part, instance))
      const decoded = decodeInstance(part, instance.name, travelled(bytes) as Encoded)
      assert(
        Buffer.from(bytes).equals(pack(encodeInstance(part, decoded))),
        `${instance.name} has the same bytes again`,
      )
      instances.add(decoded)
      if (decoded.filedAt < Number.POSITIVE_INFINITY) deadlines.file(part.stage, decoded.filedAt, decoded.name)
    }
    this.#instances[shard] = instances
    this.machines[shard] = new ShardMachine(terms, instances, deadlines, travelled(pack(before.core())) as ShardCore)
  }

  #cut(shard: number): boolean {
    const machine = this.machines[shard]!
    if (!machine.matters) return false
    const n = ++this.#frameNumbers[shard]!
    const frame = machine.cut({ epoch: 1, n, writer: "sim" })
    assert(frame !== undefined, "a frame that matters is there")
    const bytes = encodeFrame(frame)
    assert(bytes.length < FRAME_BYTES_MAX, `a frame has ${bytes.length} bytes`)
    assert(n < Number.MAX_SAFE_INTEGER / SEGMENTS_PER_MESSAGE_MAX, "frame numbers are places")
    const read = new FrameReader(bytes).whole()
    this.frames.push(read)
    this.bytes.push(bytes)
    this.views.apply(read.views)
    this.#loop(shard, bytes, read.head.coverage)
    return true
  }
}

function travelled(bytes: Uint8Array): unknown {
  const read = unpack(bytes)
  assert(read.tag === "value", "state in wire form can be read")
  return read.value
}

/** Of the log: what is emitted or closed comes through the loop. */
function eventsOf(definitions: readonly Definition[]): readonly AnyEvent[] {
  return [...new Set(definitions.flatMap(({ sources, emits }) => [...sources, ...emits]))].filter(
    (event) => !isClosed(event),
  )
}
