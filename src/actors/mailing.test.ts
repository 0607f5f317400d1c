import { expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { silentLogger } from "../base/log.ts"
import { seededRandom } from "../base/random.ts"
import { type Counts, encodeFrame, type Frame, type LateLetter } from "../streams/frame.ts"
import { decodeLetterMessage } from "../streams/letters.ts"
import type { Log } from "../streams/log.ts"
import { MemoryLog } from "../streams/memory/log.ts"
import { DEAD, deadSubject, lateSubject, outboxSubject } from "../streams/names.ts"
import { planTopology } from "../streams/topology.ts"
import { Mailing } from "./mailing.ts"
import { START_POINT } from "./point.ts"
import { lossyLog } from "./testing/lossy-log.ts"

const ZERO: Counts = { delivered: 0, applied: 0, late: 0, dead: 0, rejected: 0, emitted: 0, closed: 0 }
const late = (n: number): LateLetter => ({
  ...{ tenant: "t", actor: 0, key: `k${n}`, type: 0, lane: 1, place: 256, index: 0, time: 5, stamp: 9 },
  missed: [["1m", 0]],
})

/** Frames in the outbox: those of `withLetters` have a late letter each. */
async function outbox(withLetters: readonly number[], count: number) {
  const clock = new ManualClock()
  const { streams } = planTopology({ generation: 1, diskBytes: 1024 ** 3, replicas: 1 })
  const log = new MemoryLog({ clock, streams })
  const frames: { frame: Frame; sequence: number }[] = []
  for (let n = 1; n <= count; n++) {
    const letters = withLetters.includes(n) ? [late(n)] : []
    const counts = { ...ZERO, late: withLetters.filter((each) => each <= n).length }
    const head = { generation: 1, shard: 2, epoch: 1, n, writer: "w", from: START_POINT, to: START_POINT, counts }
    const rest = { taken: [], watermarks: [], coverage: [], deadlines: [] }
    const frame = { head: { ...head, ...rest }, views: [], emits: [], facts: [], late: letters, dead: [] }
    const { sequence } = await log.append({ subject: outboxSubject(1, 2), body: encodeFrame(frame) })
    frames.push({ frame, sequence })
  }
  const failures: unknown[] = []
  const mailing = (over: Log = log) => {
    const onFailed = (error: unknown) => void failures.push(error)
    return new Mailing({ log: over, clock, logger: silentLogger, generation: 1, shard: 2, onFailed })
  }
  const commit = (to: Mailing, n: number) => {
    const { frame, sequence } = frames[n - 1]!
    to.committed({ n, sequence, counts: frame.head.counts, letters: frame })
  }
  const begin = (to: Mailing, n: number) => {
    const { frame, sequence } = frames[n - 1]!
    to.begin({ n, sequence, counts: frame.head.counts })
  }
  const written = async () => {
    const reader = await log.read({ stream: DEAD, filter: lateSubject(1, 2), from: 1 })
    const messages = await reader.next(1_000, 0)
    await reader.close()
    return messages.map(({ body }) => decodeLetterMessage(body).n)
  }
  return { clock, log, mailing, commit, begin, written, failures }
}

test("the letters of each committed frame are written once, and frames without any write nothing", async () => {
  const { clock, log, mailing, commit, written } = await outbox([2, 4], 5)
  const one = mailing()
  for (let n = 1; n <= 5; n++) commit(one, n)
  await clock.elapse(100)
  expect(await written()).toEqual([2, 4])
  expect(await log.last(DEAD, deadSubject(1, 2))).toBeUndefined()
})

test("P2 what a crash left out is read back from the outbox, from where the last message says", async () => {
  const { clock, mailing, commit, begin, written } = await outbox([2, 4, 5, 7], 7)
  const one = mailing()
  commit(one, 2)
  await clock.elapse(100)
  one.close()
  const two = mailing()
  begin(two, 6)
  commit(two, 7)
  await clock.elapse(100)
  expect(await written()).toEqual([2, 4, 5, 7])
})

test("P1 two runs at once write nothing twice", async () => {
  const { clock, mailing, commit, begin, written } = await outbox([1, 2, 3, 4], 4)
  const [one, two] = [mailing(), mailing()]
  for (let n = 1; n <= 4; n++) commit(one, n)
  begin(two, 4)
  await clock.elapse(5_000)
  expect(await written()).toEqual([1, 2, 3, 4])
})

test("whatever answers are lost, each is written once and in order", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { clock, log, mailing, commit, written, failures } = await outbox([1, 2, 3, 5], 5)
    const one = mailing(lossyLog(log, seededRandom(seed), { lost: 0.2, unanswered: 0.3, full: 0.2 }))
    for (let n = 1; n <= 5; n++) commit(one, n)
    await clock.elapse(60_000)
    expect(await written()).toEqual([1, 2, 3, 5])
    expect(failures).toEqual([])
  }
})
