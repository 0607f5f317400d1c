import { expect, test } from "vitest"
import { packing } from "../../streams/packing.ts"
import { decodeEntries, encodeEntries } from "./entries.ts"
import {
  decodeManifest,
  emptyManifest,
  encodeManifest,
  type Manifest,
  namedBy,
  newestDelta,
  pointOfManifest,
} from "./manifest.ts"

const value = (number: number, parts = 1) => ({ epoch: 3, number, parts, bytes: number * 10 })

const manifest: Manifest = {
  ...{ generation: 2, shard: 5, epoch: 9, point: { sequence: 5_000_000_000, step: 17 } },
  core: value(1),
  pages: [
    { ...value(2), from: 0, upto: 4, deadlines: [[1_767_225_600_000], []] },
    { ...value(3, 2), from: 0xffff_fff0, upto: 6, deadlines: [] },
  ],
  deltas: [
    {
      number: 7,
      chunks: [
        { ...value(4), from: 12 },
        { ...value(5), from: 900 },
      ],
    },
  ],
  kept: [{ ...value(6), name: "before-the-move" }],
}

test("a manifest comes back as it went, the empty one, too", () => {
  expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest)
  const empty = emptyManifest(1, 0, 4, { sequence: 1, step: 0 })
  expect(decodeManifest(encodeManifest(empty))).toEqual(empty)
})

test("what a manifest needs is all it names; its newest delta is known also once it was folded", () => {
  expect(namedBy(manifest).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6])
  expect(newestDelta(manifest)).toBe(7)
  expect(newestDelta({ ...manifest, deltas: [] })).toBe(6)
})

test("the point is read without the rest", () => {
  expect(pointOfManifest(encodeManifest(manifest))).toEqual(manifest.point)
})

test("a wire version that this build does not know is refused, never guessed at", () => {
  const later = Uint8Array.from(encodeManifest(manifest))
  later[1] = 2
  expect(() => decodeManifest(later)).toThrow("wire version 2")
  expect(() => decodeEntries(packing((packer) => packer.value([2])))).toThrow("wire version 2")
})

test("a row of instances comes back as it went", () => {
  const entries = [
    { name: "000 acme a", filedAt: 1_767_225_600_000, bytes: Uint8Array.of(1, 2, 3) },
    { name: "001 acme ä b", filedAt: Number.POSITIVE_INFINITY, bytes: new Uint8Array(0) },
    { name: "002 acme gone", filedAt: Number.POSITIVE_INFINITY, bytes: undefined },
  ]
  expect(decodeEntries(encodeEntries(entries))).toEqual(entries)
})
