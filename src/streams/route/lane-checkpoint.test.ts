import { expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { REPEATS_PER_CHUNK } from "../../base/limits.ts"
import { MemoryStore } from "../memory/store.ts"
import { placeOf } from "../place.ts"
import {
  decodeLaneCheckpoint,
  encodeLaneCheckpoint,
  KeptRepeats,
  type LaneCheckpoint,
  MissingChunk,
} from "./lane-checkpoint.ts"

const limits = { idsMax: 3 * REPEATS_PER_CHUNK, withinMs: 600_000 }
const state = {
  place: placeOf(77, 3),
  watermark: Number.NEGATIVE_INFINITY,
  counts: { accepted: 9, routed: 5, repeated: 3, rejected: 1 },
}

function remember(kept: KeptRepeats, from: number, to: number): void {
  for (let i = from; i < to; i++) kept.repeats.occurred("acme", "liked", `${i}`, 1_000_000 + i)
}

async function checkpoint(kept: KeptRepeats): Promise<LaneCheckpoint> {
  const written = encodeLaneCheckpoint({ state, ...(await kept.upTo(kept.mark())) })
  const read = decodeLaneCheckpoint(written)
  await kept.forgetAllBut(read.chunks)
  return read
}

test("a checkpoint comes back as it went", () => {
  const tail = [
    { high: 0xffffffff, low: 0, arrivedAt: 1_750_000_000_000 },
    { high: 1, low: 2, arrivedAt: 1_750_000_599_999 },
  ]
  const written = { state, chunks: ["repeats.3.a.0"], tail }
  expect(decodeLaneCheckpoint(encodeLaneCheckpoint(written))).toEqual(written)
})

test("the next router remembers exactly what the last one did, over several takeovers", async () => {
  const store = new MemoryStore({ clock: systemClock })
  const whole = new KeptRepeats(store, "whole", limits)
  let kept = new KeptRepeats(store, "run.0", limits)
  let at = 0
  for (const [run, upto] of [5_000, 20_000, 20_100, 45_000].entries()) {
    remember(kept, at, upto)
    remember(whole, at, upto)
    at = upto
    const taken = await checkpoint(kept)
    kept = new KeptRepeats(store, `run.${run + 1}`, limits)
    await kept.restore(taken)
    expect([...kept.repeats.occurrences()]).toEqual([...whole.repeats.occurrences()])
  }
})

test("ids are written once, in chunks, and chunks that nothing names are removed", async () => {
  const store = new MemoryStore({ clock: systemClock })
  const kept = new KeptRepeats(store, "run", limits)
  remember(kept, 0, 2 * REPEATS_PER_CHUNK + 5)
  const first = await checkpoint(kept)
  expect(first.chunks).toEqual(["run.0", "run.1"])
  expect(first.tail).toHaveLength(5)
  remember(kept, 2 * REPEATS_PER_CHUNK + 5, 5 * REPEATS_PER_CHUNK)
  expect((await checkpoint(kept)).chunks).toEqual(["run.2", "run.3", "run.4"])
  expect((await store.list("")).map(({ key }) => key)).toEqual(["run.2", "run.3", "run.4"])
})

test("a chunk that is named and missing is an error, never a forgotten id", async () => {
  const kept = new KeptRepeats(new MemoryStore({ clock: systemClock }), "run", limits)
  await expect(kept.restore({ state, chunks: ["gone.0"], tail: [] })).rejects.toThrow(MissingChunk)
})

test("a checkpoint that is written late still remembers what the window held when its place was marked", async () => {
  const store = new MemoryStore({ clock: systemClock })
  const small = { idsMax: 2_000, withinMs: 600_000 }
  const kept = new KeptRepeats(store, "run", small)
  remember(kept, 0, 2_000)
  const mark = kept.mark()
  remember(kept, 2_000, 3_500)
  const next = new KeptRepeats(store, "next", small)
  await next.restore({ state, ...(await kept.upTo(mark)) })
  expect(next.repeats.occurred("acme", "liked", "0", 1_002_000)).toBe(true)
})
