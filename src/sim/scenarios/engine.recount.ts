/**
 * Owns: recounting all that an engine wrote: the chain of frames, and every row, letter, emit, fact and count in them,
 * against the oracle. Never: asking the engine.
 */

import { isDeepStrictEqual } from "node:util"
import type { Generation } from "../../actors/generation.ts"
import { DECODE_LIMITS } from "../../streams/decode.outcome.ts"
import type { Frame, FrameHead, ViewRow } from "../../streams/frame.ts"
import { decodeLetterMessage } from "../../streams/letters.ts"
import type { Stored } from "../../streams/log.ts"
import type { MemoryLog } from "../../streams/memory/log.ts"
import { DEAD, INGEST, outboxStream } from "../../streams/names.ts"
import { decodeLaneCheckpoint } from "../../streams/route/lane-checkpoint.ts"
import type { RepeatLimits } from "../../streams/route/repeats.ts"
import type { Store } from "../../streams/store.ts"
import type { Delivery } from "../oracle/deliveries.ts"
import { FoldedRows, loopLaneOf, readFrames, type StoredFrame } from "../oracle/frames.ts"
import type { OracleLate } from "../oracle/instance.ts"
import { INGEST_LANES, type LaneLog, placeAt, readLanes } from "../oracle/log.ts"
import { type ExpectedEmit, Oracle } from "../oracle/oracle.ts"
import type { Violation } from "../scenario.ts"
import {
  compareDead,
  compareEmits,
  compareFacts,
  compareLate,
  compareOrder,
  compareRows,
  deadName,
  differences,
  lateName,
} from "./engine.compare.ts"

export const ENGINE_PROMISES = {
  chain: "a shard's frames form one chain: each from follows the previous to (A1)",
  epochs: "no frame of an old epoch follows one of a newer epoch (A4)",
  watermarks: "a frame's watermarks are those of what it has taken",
  back: "what a shard has taken, its watermarks and coverage never go back",
  rows: "the newest rows of a shard's frames equal the oracle's fold of what they have taken (S3)",
  late: "every late event is in the ledger once, with the windows it missed",
  dead: "every event that failed for good is a dead letter once",
  emits: "every emit is in one frame, once, as the oracle says it",
  order: "closings, timers and emits come in the order of (time, actor, key)",
  facts: "every event is a fact once",
  counts: "delivered = applied + late + dead, in every frame, and as many as the oracle says (A6)",
  lanes: "accepted = routed + repeated + rejected, as many as the oracle says (A6)",
  coverage: "a frame's coverage is what its own and the loop lanes it took contain",
  mailed: "every letter of a committed frame stands in DEAD, once",
  taken: "all that was published is taken in the end",
} as const

export interface Judged {
  readonly generation: Generation
  readonly repeats: RepeatLimits
  readonly log: MemoryLog
  readonly control: Store
}

/** The type whose events are kept as facts. */
export const FACTS_OF = "sensor_read"
/** Idle lanes are looked at every second or so, stage after stage. */
const TICKED_WITHIN_MS = 8_000
const READ_AT_ONCE = 10_000
/** Frames of a shard whose rows are compared, beside its last: each costs a fold of everything. */
const FRAMES_COMPARED = 3

export async function readStream(log: MemoryLog, stream: string): Promise<readonly Stored[]> {
  const reader = await log.read({ stream, from: 1 })
  const all: Stored[] = []
  for (let some = await reader.next(READ_AT_ONCE, 0); some.length > 0; some = await reader.next(READ_AT_ONCE, 0)) {
    all.push(...some)
  }
  await reader.close()
  return all
}

/**
 * All that was published is taken by every shard, through every stage; what waited for time that has come is done; and
 * no shard is in the middle of a message.
 */
export async function isSettled({ log, generation }: Judged, now: number): Promise<boolean> {
  const heads = await lastHeads(log, generation)
  if (heads.length < generation.shards || !heads.every(isWhole)) return false
  const reachable = now - generation.outOfOrderMs - TICKED_WITHIN_MS
  if (heads.some(({ deadlines }) => deadlines.some((deadline) => deadline !== null && deadline < reachable)))
    return false
  for (const lane of INGEST_LANES) {
    const last = await log.last(INGEST, `log.${lane}.*.*`)
    if (last === undefined) continue
    const place = placeAt({ sequence: last.sequence, segment: 0 })
    if (heads.some(({ coverage }) => takenOf(coverage.at(-1) ?? [], lane) <= place)) return false
  }
  return true
}

async function lastHeads(log: MemoryLog, { number, shards }: Generation): Promise<readonly FrameHead[]> {
  const heads: FrameHead[] = []
  for (let shard = 0; shard < shards; shard++) {
    const last = await log.last(outboxStream(number), `outbox.${number}.${shard}`)
    const frames = last === undefined ? [] : (readFrames([last]).get(shard) ?? [])
    heads.push(...frames.map(({ frame }) => frame.head))
  }
  return heads
}

const takenOf = (taken: FrameHead["taken"], lane: number) => taken.find(([of]) => of === lane)?.[1] ?? 0

export interface Recounted {
  readonly violations: readonly Violation[]
  /** What there was, so that keeping promises about it means something. */
  readonly counts: Readonly<Record<string, number>>
}

export async function recountEngine(judged: Judged): Promise<Recounted> {
  const { log, generation, repeats } = judged
  const { registry, outOfOrderMs, definitions, shards } = generation
  const rules = { registry, limits: DECODE_LIMITS, outOfOrderMs, repeats }
  const lanes = readLanes(await readStream(log, INGEST), rules)
  const frames = readFrames(await readStream(log, outboxStream(generation.number)))
  const oracle = new Oracle({ definitions, registry, shards, lanes, frames })
  const recount = new Recount(oracle, lanes, frames, shards)
  for (let shard = 0; shard < shards; shard++) recount.shard(shard)
  recount.letters()
  await recount.checkpoints(judged)
  await recount.mailed(judged)
  return { violations: recount.violations, counts: countsOf([...frames.values()].flat()) }
}

function countsOf(frames: readonly StoredFrame[]): Readonly<Record<string, number>> {
  const sum = (of: (frame: Frame) => number) => frames.reduce((total, { frame }) => total + of(frame), 0)
  const rows = (which: (row: ViewRow) => boolean) =>
    sum(({ views }) => views.reduce((total, view) => total + view.rows.filter(which).length, 0))
  return {
    late: sum(({ late }) => late.length),
    dead: sum(({ dead }) => dead.length),
    emits: sum(({ emits }) => emits.length),
    laterEmits: sum(({ emits }) => emits.filter(({ stage }) => stage > 0).length),
    closed: rows(({ closed }) => closed),
    merged: rows(({ values }) => values === null),
    rows: rows(() => true),
  }
}

class Recount {
  readonly violations: Violation[] = []
  readonly #oracle: Oracle
  readonly #lanes: ReadonlyMap<number, LaneLog>
  readonly #frames: ReadonlyMap<number, readonly StoredFrame[]>
  readonly #shards: number

  constructor(
    oracle: Oracle,
    lanes: ReadonlyMap<number, LaneLog>,
    frames: ReadonlyMap<number, readonly StoredFrame[]>,
    shards: number,
  ) {
    this.#oracle = oracle
    this.#lanes = lanes
    this.#frames = frames
    this.#shards = shards
  }

  shard(shard: number): void {
    const frames = this.#frames.get(shard) ?? []
    const folded = new FoldedRows()
    const compared = comparedOf(frames)
    let before: FrameHead | undefined
    for (const { frame } of frames) {
      const { head } = frame
      this.#chain(head, before)
      this.#progress(head, before)
      this.#counts(head)
      folded.take(frame)
      if (compared.has(head.n)) this.#compare(shard, head, folded)
      before = head
    }
    if (before === undefined) this.#broken("taken", `shard ${shard} has no frame`)
  }

  async checkpoints({ control, generation }: Judged): Promise<void> {
    for (const lane of INGEST_LANES) {
      const entry = await control.get(`lane.${generation.number}.${lane}`)
      if (entry === undefined) continue
      const { place, counts, watermark } = decodeLaneCheckpoint(entry.value).state
      const log = this.#lanes.get(lane)!
      const expected = { counts: log.tallyAt(place), watermark: log.watermarkAt(place) }
      this.#equal("lanes", `lane ${lane} at ${place}`, { counts, watermark }, expected)
    }
  }

  async mailed({ log }: Judged): Promise<void> {
    const letters = (await readStream(log, DEAD)).map(({ body }) => decodeLetterMessage(body).letters)
    const all = [...this.#frames.values()].flatMap((of) => of.map(({ frame }) => frame))
    this.#all(
      "mailed",
      "late",
      differences(
        letters.flatMap(({ late }) => late.map(lateName)),
        all.flatMap(({ late }) => late.map(lateName)),
      ),
    )
    this.#all(
      "mailed",
      "dead",
      differences(
        letters.flatMap(({ dead }) => dead.map(deadName)),
        all.flatMap(({ dead }) => dead.map(deadName)),
      ),
    )
  }

  #chain(head: FrameHead, before: FrameHead | undefined): void {
    const name = `frame ${head.n} of shard ${head.shard} (epoch ${head.epoch} by ${head.writer})`
    if (head.n !== (before?.n ?? 0) + 1) this.#broken("chain", `${name} follows frame ${before?.n ?? 0}`)
    if (before === undefined) return
    if (!isDeepStrictEqual(head.from, before.to)) {
      this.#broken("chain", `${name} is from ${pointText(head.from)}, the one before it to ${pointText(before.to)}`)
    }
    const rises = head.epoch === before.epoch ? head.writer === before.writer : head.epoch === before.epoch + 1
    if (!rises) this.#broken("epochs", `${name} follows epoch ${before.epoch} by ${before.writer}`)
  }

  #progress(head: FrameHead, before: FrameHead | undefined): void {
    const name = `frame ${head.n} of shard ${head.shard}`
    if (isWhole(head) && head.taken.length > 0) {
      this.#equal("watermarks", name, head.watermarks, this.#oracle.watermarksAt(head))
    }
    this.#coverage(head)
    for (const [lane, place] of before?.taken ?? []) {
      if (takenOf(head.taken, lane) < place) this.#broken("back", `${name} has less of lane ${lane} than before`)
    }
    before?.watermarks.forEach((watermark, stage) => {
      if (head.watermarks[stage]! < watermark)
        this.#broken("back", `${name}: the watermark of stage ${stage} went back`)
    })
  }

  /** Stage 0 has what was taken; a later one no more than each loop lane brought of the stage before it. */
  #coverage({ n, shard, taken, coverage }: FrameHead): void {
    coverage.forEach((covered, stage) => {
      for (const [lane, place] of covered) {
        let most = takenOf(taken, lane)
        for (let of = 0; stage > 0 && of < this.#shards; of++) {
          const last = Math.floor(takenOf(taken, loopLaneOf(of)) / 256) - 1
          const carried = this.#frames.get(of)?.[last - 1]?.frame.head.coverage[stage - 1]
          most = Math.min(most, carried === undefined ? 0 : takenOf(carried, lane))
        }
        if (place <= Math.max(most, 256)) continue
        this.#broken(
          "coverage",
          `frame ${n} of shard ${shard}, stage ${stage}: lane ${lane} up to ${place}, not ${most}`,
        )
      }
    })
  }

  #counts({ n, shard, counts }: FrameHead): void {
    const { delivered, applied, late, dead } = counts
    if (delivered === applied + late + dead) return
    this.#broken("counts", `frame ${n} of shard ${shard}: ${JSON.stringify(counts)}`)
  }

  #compare(shard: number, head: FrameHead, folded: FoldedRows): void {
    const name = `frame ${head.n} of shard ${shard}`
    const expected = this.#oracle.at(shard, head)
    this.#all("rows", name, compareRows(folded.rows, expected.rows))
    if (head.counts.delivered !== expected.delivered) {
      this.#broken("counts", `${name}: delivered ${head.counts.delivered}, the oracle says ${expected.delivered}`)
    }
  }

  /** At the end, when everything is taken: letters, emits and facts of all frames together. */
  letters(): void {
    const all = { late: [] as OracleLate[], dead: [] as Delivery[], emits: [] as ExpectedEmit[] }
    const frames: Frame[] = []
    for (const [shard, of] of this.#frames) {
      const head = of.at(-1)!.frame.head
      frames.push(...of.map(({ frame }) => frame))
      if (!this.#isDone(head)) return
      const expected = this.#oracle.at(shard, head)
      all.late.push(...expected.late)
      all.dead.push(...expected.dead)
      all.emits.push(...expected.emits)
      const ordered = of.map(({ frame }) => frame)
      this.#all("order", `shard ${shard}`, compareOrder(ordered, expected.emits))
    }
    this.#all("late", "in all", compareLate(frames, all.late))
    this.#all("emits", "in all", compareEmits(frames, all.emits))
    this.#all("dead", "in all", compareDead(frames, [...this.#lanes.values()], this.#oracle.failed, all.dead))
    this.#all("facts", "in all", compareFacts(frames, [...this.#lanes.values()], FACTS_OF))
  }

  #isDone(head: FrameHead): boolean {
    const missing = INGEST_LANES.filter((lane) => takenOf(head.taken, lane) < this.#lanes.get(lane)!.end)
    for (const lane of missing) this.#broken("taken", `shard ${head.shard} does not have all of lane ${lane}`)
    if (!isWhole(head)) this.#broken("taken", `shard ${head.shard} rests in the middle of a message`)
    return missing.length === 0 && isWhole(head)
  }

  #all(promise: keyof typeof ENGINE_PROMISES, name: string, differences: readonly string[]): void {
    for (const difference of differences) this.#broken(promise, `${name}: ${difference}`)
  }

  #equal(promise: keyof typeof ENGINE_PROMISES, name: string, found: unknown, expected: unknown): void {
    if (isDeepStrictEqual(found, expected)) return
    this.#broken(promise, `${name}: ${JSON.stringify(found)}, the oracle says ${JSON.stringify(expected)}`)
  }

  #broken(promise: keyof typeof ENGINE_PROMISES, found: string): void {
    this.violations.push({ invariant: ENGINE_PROMISES[promise], found })
  }
}

/** Some from everywhere, each at a message's end; the last one always. */
function comparedOf(frames: readonly StoredFrame[]): ReadonlySet<number> {
  const whole = frames.filter(({ frame }) => isWhole(frame.head)).map(({ frame }) => frame.head.n)
  const step = Math.max(1, Math.floor(whole.length / FRAMES_COMPARED))
  return new Set([...whole.filter((_, i) => i % step === step - 1), ...whole.slice(-1)])
}

/** It ends with a message: all that the message brought is done. */
const isWhole = ({ to }: FrameHead) => to.step === 0
const pointText = ({ sequence, step }: FrameHead["to"]) => `${sequence}.${step}`
