/**
 * Owns: percentiles within 1 %: a dense DDSketch, mergeable, of at most BINS bins a sign. Never: keeping values.
 *
 * A value's bin is 35 times an approximation of its binary logarithm: the exponent, and a cubic of the significand
 * (integers as coefficients, no Math.log), so it is the same number on every machine. Its slope is at least 10/7 a
 * natural octave, so a bin spans a ratio of at most e^0.02, and its middle is within tanh(0.01) < 1 % of all in it.
 * Sizes below 2^-30 count as zero and those from 2^50 as the last bin: fixed, so the order of values never shows.
 */

import { type Encoded, finite, type MeasureType, unreadable } from "./measure.ts"
import { ByteReader, ByteWriter } from "./varint.ts"

const PER_OCTAVE = 35
const LEAST_EXPONENT = -30
const MOST_EXPONENT = 50
const BINS = (MOST_EXPONENT - LEAST_EXPONENT) * PER_OCTAVE
const LEAST = 2 ** LEAST_EXPONENT
const CHUNK = 32

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

/** 0 for zero, 1 to BINS for what is above it, -1 to -BINS for what is below. */
export function binOf(value: number): number {
  const size = value < 0 ? -value : value
  if (size < LEAST) return 0
  double[0] = size
  const high = words[HIGH]!
  const exponent = (high >>> 20) - 1023
  if (exponent >= MOST_EXPONENT) return value < 0 ? -BINS : BINS
  // The significand less 1: put together here, since writing half a double back makes the processor wait.
  const t = (high & 0xfffff) * 2 ** -20 + words[LOW]! * 2 ** -52
  const bin = (exponent - LEAST_EXPONENT) * PER_OCTAVE + ((t * (50 + t * (6 * t - 21))) | 0) + 1
  return value < 0 ? -bin : bin
}

/** Where each of an octave's bins begins, as a significand in [1, 2]: the cubic, solved by halving. */
const BORDERS = Float64Array.from({ length: PER_OCTAVE + 1 }, (_, bin) => {
  let low = 0
  let high = 1
  for (let step = 0; step < 60; step++) {
    const t = (low + high) / 2
    if (t * (50 + t * (6 * t - 21)) < bin) low = t
    else high = t
  }
  return 1 + high
})

/** The value that is equally far, as a ratio, from both ends of a bin. */
export function middleOf(bin: number): number {
  if (bin === 0) return 0
  const at = Math.abs(bin) - 1
  const low = BORDERS[at % PER_OCTAVE]!
  const high = BORDERS[(at % PER_OCTAVE) + 1]!
  const size = ((2 * low * high) / (low + high)) * 2 ** (Math.floor(at / PER_OCTAVE) + LEAST_EXPONENT)
  return bin < 0 ? -size : size
}

/** Counts for the bins from..from+length, widened as needed. */
class Bins {
  from = 0
  counts: Float64Array = EMPTY

  add(bin: number, by: number): void {
    const at = bin - this.from
    if (at >= 0 && at < this.counts.length) this.counts[at]! += by
    else this.#widen(bin, by)
  }

  #widen(bin: number, by: number): void {
    const empty = this.counts.length === 0
    const low = empty ? bin - CHUNK / 2 : Math.min(bin, this.from)
    const high = empty ? bin + CHUNK / 2 : Math.max(bin + 1, this.from + this.counts.length)
    // Some room on the side that grew, never for bins that are not.
    const from = Math.max(1, empty || low < this.from ? low - CHUNK : low)
    const to = Math.min(BINS + 1, empty || high > this.from + this.counts.length ? high + CHUNK : high)
    const wider = new Float64Array(to - from)
    if (!empty) wider.set(this.counts, this.from - from)
    this.from = from
    this.counts = wider
    wider[bin - from]! += by
  }
}

const EMPTY = new Float64Array(0)

export class DDSketch {
  count = 0
  #zeros = 0
  #above: Bins | undefined
  #below: Bins | undefined

  add(bin: number, by = 1): void {
    this.count += by
    if (bin > 0) {
      this.#above ??= new Bins()
      this.#above.add(bin, by)
    } else if (bin < 0) {
      this.#below ??= new Bins()
      this.#below.add(-bin, by)
    } else this.#zeros += by
  }

  merge(from: DDSketch): void {
    from.#each((bin, count) => this.add(bin, count))
  }

  /** `p` in [0, 100]. */
  percentile(p: number): number | null {
    if (this.count === 0) return null
    const rank = (p / 100) * (this.count - 1)
    let seen = 0
    let found = 0
    this.#each((bin, count) => {
      if (seen <= rank) found = bin
      seen += count
    })
    return middleOf(found)
  }

  /** Zeros, then for each sign, outwards from zero: how many bins, and for each the gap before it and its count. */
  encode(): Uint8Array {
    const bytes = new ByteWriter()
    bytes.varint(this.#zeros)
    for (const bins of [this.#below, this.#above]) encodeBins(bytes, bins)
    return bytes.take()
  }

  static decode(encoded: Encoded): DDSketch {
    if (!(encoded instanceof Uint8Array)) throw unreadable("percentiles")
    const sketch = new DDSketch()
    const reader = new ByteReader(encoded, 0, "percentiles")
    sketch.add(0, reader.varint())
    for (const sign of [-1, 1]) decodeBins(reader, (bin, count) => sketch.add(sign * bin, count))
    return sketch
  }

  /** In rising order of values. */
  #each(visit: (bin: number, count: number) => void): void {
    const { counts: below, from: belowFrom } = this.#below ?? NONE
    for (let i = below.length - 1; i >= 0; i--) if (below[i] !== 0) visit(-(belowFrom + i), below[i]!)
    if (this.#zeros !== 0) visit(0, this.#zeros)
    const { counts: above, from: aboveFrom } = this.#above ?? NONE
    for (let i = 0; i < above.length; i++) if (above[i] !== 0) visit(aboveFrom + i, above[i]!)
  }
}

const NONE: { readonly from: number; readonly counts: Float64Array } = { from: 0, counts: EMPTY }

function encodeBins(bytes: ByteWriter, bins: Bins | undefined): void {
  const { counts, from } = bins ?? NONE
  bytes.varint(counts.reduce((used, count) => (count === 0 ? used : used + 1), 0))
  let before = 0
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue
    bytes.varint(from + i - before)
    bytes.varint(counts[i]!)
    before = from + i
  }
}

function decodeBins(reader: ByteReader, visit: (bin: number, count: number) => void): void {
  let bin = 0
  for (let left = reader.varint(); left > 0; left--) {
    bin += reader.varint()
    if (bin > BINS) throw unreadable("percentiles")
    visit(bin, reader.varint())
  }
}

export const percentiles: MeasureType<DDSketch, number> = {
  kind: "percentiles",
  params: 1,
  ordered: false,
  empty: () => new DDSketch(),
  prepare: (raw) => binOf(finite("percentiles", raw)),
  add(state, input) {
    state.add(input)
    return state
  },
  merge(into, from) {
    into.merge(from)
    return into
  },
  encode: (state) => state.encode(),
  decode: (encoded) => DDSketch.decode(encoded),
}
