import fc from "fast-check"
import { expect, test } from "vitest"
import { afterMessage, placeOf, START } from "../place.ts"
import type { Section, Segment } from "../section.ts"
import { Sender } from "./sender.ts"

const limits = { messagesInFlightMax: 3, eventsPerMessage: 100 }

const segment = (sequence: number): Segment => ({
  place: placeOf(sequence, 0),
  stamp: sequence,
  arrivedAt: sequence,
  groups: [],
  rejected: [],
  facts: [],
})

/** The shard's side, as PROTOCOL has it: a section only if it follows, segments only once. */
function shard() {
  const taken = new Map<number, number>()
  const segments: number[] = []
  const take = ({ lane, after, upto, segments: sent }: Section) => {
    const upTill = taken.get(lane) ?? START
    if (after > upTill) return
    for (const { place } of sent) if (place >= upTill) segments.push(place)
    taken.set(lane, Math.max(upTill, upto))
  }
  return { take, taken, segments }
}

function route(sender: Sender, sequence: number): void {
  sender.add(3, segment(sequence), 1)
  sender.routed(3, afterMessage(sequence), [sequence], true)
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
  sender.routed(3, afterMessage(1), [1], false)
  expect(sender.next()).toBeUndefined()
  sender.routed(3, afterMessage(2), [2], true)
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
