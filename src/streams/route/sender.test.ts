import fc from "fast-check"
import { expect, test } from "vitest"
import { afterMessage, placeOf, START } from "../place.ts"
import { type Parcel, Sender, type Told } from "./sender.ts"

const limits = { messagesInFlightMax: 3, bytesPerMessage: 100 }

const segment = (sequence: number, bytes = 1): Parcel => ({
  place: placeOf(sequence, 0),
  before: [sequence - 1],
  bytes: new Uint8Array(bytes),
})

/** The shard's side, as PROTOCOL has it: a section only if it follows, segments only once. */
function shard() {
  const taken = new Map<number, number>()
  const segments: number[] = []
  const take = ({ lane, after, upto, segments: sent }: Told) => {
    const upTill = taken.get(lane) ?? START
    if (after > upTill) return
    for (const { place } of sent) if (place >= upTill) segments.push(place)
    taken.set(lane, Math.max(upTill, upto))
  }
  return { take, taken, segments }
}

function route(sender: Sender, sequence: number, lane = 3, bytes = 1): void {
  sender.add(lane, segment(sequence, bytes))
  sender.routed(lane, afterMessage(sequence), { watermarks: [sequence] }, true)
}

test("R1 a lane's sections follow each other without a gap", () => {
  const sender = new Sender(limits)
  sender.own(3, START)
  route(sender, 1)
  route(sender, 2)
  const [first] = sender.next()!.sections
  route(sender, 3)
  const [second] = sender.next()!.sections
  expect([first!.after, first!.upto, second!.after, second!.upto]).toEqual([
    START,
    placeOf(3, 0),
    placeOf(3, 0),
    placeOf(4, 0),
  ])
})

test("progress that does not matter waits for something that does", () => {
  const sender = new Sender(limits)
  sender.own(3, START)
  sender.routed(3, afterMessage(1), { watermarks: [1] }, false)
  expect(sender.next()).toBeUndefined()
  sender.routed(3, afterMessage(2), { watermarks: [2] }, true)
  expect(sender.next()?.sections).toMatchObject([{ after: START, upto: placeOf(3, 0), segments: [] }])
})

test("R2 an unknown outcome sends that message and all later ones again, in order", () => {
  const sender = new Sender(limits)
  sender.own(3, START)
  const sent = [1, 2, 3].map((sequence) => {
    route(sender, sequence)
    return sender.next()!.number
  })
  sender.stored(sent[0]!, 10)
  sender.unknown(sent[1]!)
  sender.stored(sent[2]!, 11)
  expect(sender.acked(3)).toBe(placeOf(2, 0))
  expect([sender.next()?.number, sender.next()?.number]).toEqual([sent[1], sent[2]])
})

test("R2 a message stored before its predecessor was met as a gap, and goes again", () => {
  const sender = new Sender(limits)
  sender.own(3, START)
  route(sender, 1)
  const first = sender.next()!.number
  route(sender, 2)
  const second = sender.next()!.number
  sender.stored(second, 10)
  sender.stored(first, 11)
  expect(sender.acked(3)).toBe(placeOf(2, 0))
  expect(sender.next()?.number).toBe(second)
})

test("R3 nothing new is cut while too much is under way", () => {
  const sender = new Sender(limits)
  sender.own(3, START)
  for (let sequence = 1; sequence <= 3; sequence++) {
    route(sender, sequence)
    expect(sender.next()).toBeDefined()
  }
  route(sender, 4)
  expect(sender.next()).toBeUndefined()
  sender.stored(0, 10)
  expect(sender.next()?.sections[0]?.after).toBe(placeOf(4, 0))
})

test("a message holds as many segments as fit; what is left follows, with the watermarks of where it was cut", () => {
  const sender = new Sender(limits)
  sender.own(3, START)
  for (const sequence of [1, 2, 3]) route(sender, sequence, 3, 40)
  expect(sender.full).toBe(true)
  expect(sender.next()?.sections).toMatchObject([{ after: START, upto: placeOf(3, 0), watermarks: [2] }])
  expect(sender.full).toBe(false)
  expect(sender.next()?.sections).toMatchObject([{ after: placeOf(3, 0), upto: placeOf(4, 0), watermarks: [3] }])
  expect(sender.due).toBe(false)
})

test("a segment that is larger than a message travels alone", () => {
  const sender = new Sender(limits)
  sender.own(3, START)
  route(sender, 1, 3, 400)
  route(sender, 2)
  expect(sender.next()?.sections[0]?.segments).toHaveLength(1)
  expect(sender.next()?.sections[0]?.segments).toHaveLength(1)
})

test("a lane with much to tell does not hold up the others", () => {
  const sender = new Sender({ ...limits, messagesInFlightMax: 10 })
  sender.own(3, START)
  sender.own(4, START)
  for (const sequence of [1, 2, 3, 4]) route(sender, sequence, 3, 90)
  route(sender, 1, 4, 90)
  const lanes = [1, 2, 3].map(() => sender.next()!.sections.map(({ lane }) => lane))
  expect(lanes).toEqual([[3], [4], [3]])
})

test("a lane that is given up leaves nothing behind that others would wait for", () => {
  const sender = new Sender(limits)
  sender.own(3, START)
  route(sender, 1, 3, 200)
  sender.disown(3)
  expect([sender.full, sender.due, sender.next()]).toEqual([false, false, undefined])
})

test("whatever is lost, late or doubled on the way, the shard takes every segment once and in order", () => {
  const fate = fc.constantFrom("stored", "lost", "answer lost", "twice")
  fc.assert(
    fc.property(
      fc.array(fate, { maxLength: 60 }),
      fc.array(fc.nat({ max: 2 }), { maxLength: 60 }),
      (fates, answers) => {
        const sender = new Sender(limits)
        const { take, taken, segments } = shard()
        sender.own(3, START)
        const pending: (() => void)[] = []
        let sequence = 0
        let routed = 0
        for (let turn = 0; turn < 400 && (routed < 20 || sender.due || pending.length > 0); turn++) {
          if (routed < 20 && turn % 2 === 0) route(sender, ++routed)
          for (let out = sender.next(); out !== undefined; out = sender.next()) {
            const { number, sections } = out
            const fate = fates.pop() ?? "stored"
            if (fate !== "lost") for (const section of sections) take(section)
            if (fate === "twice") for (const section of sections) take(section)
            const at = fate === "lost" ? 0 : ++sequence
            pending.push(() =>
              fate === "stored" || fate === "twice" ? sender.stored(number, at) : sender.unknown(number),
            )
          }
          const [answer] = pending.splice((answers.pop() ?? 0) % Math.max(1, pending.length), 1)
          answer?.()
          expect(sender.acked(3)).toBeLessThanOrEqual(taken.get(3) ?? START)
        }
        expect(segments).toEqual(Array.from({ length: 20 }, (_, i) => placeOf(i + 1, 0)))
        expect(sender.acked(3)).toBe(placeOf(21, 0))
      },
    ),
  )
})
