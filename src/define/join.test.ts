import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  decodeVersions,
  encodeVersions,
  forgetBelow,
  newestVersion,
  type Version,
  type Versions,
  versionFor,
  withVersion,
} from "./join.ts"

const GRACE = 3
const version = fc.record({ time: fc.nat(20), lane: fc.nat(2), late: fc.nat(12) })
const made = fc.array(version, { maxLength: 12 }).map((all) =>
  all.map(({ time, lane, late }, index): Version => {
    const order = { time, lane, sequence: 1, segment: 0, index }
    return { order, stamp: time - 4 + late, fields: [index] }
  }),
)
const kept = (all: readonly Version[]): Versions => all.reduce<Versions>(withVersion, [])

describe("a join", () => {
  it("J1: answers the same for every window, in whatever order versions came", () => {
    fc.assert(
      fc.property(made, fc.nat(25), (all, end) => {
        const forwards = kept(all)
        expect(kept(all.toReversed())).toEqual(forwards)
        const counted = all.filter(({ order, stamp }) => order.time < end && stamp < end + GRACE)
        const newest = counted.toSorted(
          (a, b) => a.order.time - b.order.time || a.order.lane - b.order.lane || a.order.index - b.order.index,
        )
        expect(versionFor(forwards, end, GRACE)).toEqual(newest.at(-1))
      }),
    )
  })

  it("J2: forgets nothing that this window or a later one would show", () => {
    fc.assert(
      fc.property(made, fc.nat(25), fc.nat(25), (all, end, more) => {
        const forgotten = forgetBelow(kept(all), end, GRACE)
        expect(versionFor(forgotten, end + more, GRACE)).toEqual(versionFor(kept(all), end + more, GRACE))
        expect(newestVersion(forgotten)).toEqual(newestVersion(kept(all)))
      }),
    )
  })

  it("takes a version once, and travels", () => {
    fc.assert(
      fc.property(made, (all) => {
        expect(kept([...all, ...all])).toEqual(kept(all))
        expect(decodeVersions(encodeVersions(kept(all)))).toEqual(kept(all))
      }),
    )
    expect(() => decodeVersions([[1, 2]])).toThrow("wire form")
  })
})
