/**
 * Owns: what the measures bench does: adding to each kind's state, merging, answering, and one actor's whole plan.
 * Does not measure: finding panes, windows, decoding, or anything that travels. Cold caches make all of it slower.
 */

import { below, seededRandom } from "../base/random.ts"
import { postEngagement } from "../builtin/actors.ts"
import { count } from "../define/measures/count.ts"
import { distinct } from "../define/measures/distinct.ts"
import { last } from "../define/measures/ends.ts"
import { max } from "../define/measures/extremes.ts"
import { mean } from "../define/measures/mean.ts"
import type { AnyMeasureType } from "../define/measures/measure.ts"
import { percentiles } from "../define/measures/percentiles.ts"
import { topApproximate } from "../define/measures/space-saving.ts"
import { decimalSum, exactSum } from "../define/measures/sum.ts"
import { topExact } from "../define/measures/top.ts"
import { emptyPane, encodePane, mergePane, type Pane } from "../define/pane.ts"
import { plansOf } from "../define/plan.ts"
import { columnsOf } from "../define/row.ts"

export interface MeasureCase {
  readonly name: string
  /** How many operations one run does. */
  readonly operations: number
  /** A number that depends on the work, so that none of it can be left out. */
  readonly run: () => number
}

const EVENTS = 20_000
const POSTS = 500
const ORDER = { time: 1, lane: 0, sequence: 1, segment: 0, index: 0 }

const random = seededRandom(1)
const readings = drawn(() => random.next() * 1000)
const cents = drawn(() => below(random, 100_000) / 100)
const users = drawn(() => `user-${below(random, 50_000)}`)
const words = drawn(() => `word-${Math.floor(1 / (random.next() + 0.0002))}`)
const ranks = drawn((i) => [`tag-${i}`, below(random, 1_000)])

export function measureCases(): readonly MeasureCase[] {
  return [
    adding("count", count, readings),
    adding("sum of doubles", exactSum, readings),
    adding("sum of whole numbers", exactSum, readings.map(Math.round)),
    adding("sum of decimals", decimalSum(6), cents),
    adding("mean", mean, readings),
    adding("max", max, readings),
    adding("last", last, users),
    preparing("distinct, the hash", distinct, users),
    adding("distinct", distinct, users),
    adding("distinct, few values", distinct, users.slice(0, 200)),
    preparing("percentiles, the bin", percentiles, readings),
    adding("percentiles", percentiles, readings),
    adding("top, SpaceSaving of 160", topApproximate(20), words),
    adding("top, complete counts", topExact(20), ranks),
    ...planCases(),
  ]
}

function drawn<T>(draw: (i: number) => T): readonly T[] {
  return Array.from({ length: EVENTS }, (_, i) => draw(i))
}

function adding(name: string, type: AnyMeasureType, raw: readonly unknown[]): MeasureCase {
  const inputs = raw.map((each) => type.prepare(each))
  const run = () => {
    let state = type.empty()
    for (let i = 0; i < EVENTS; i++) state = type.add(state, inputs[i % inputs.length], ORDER)
    return state === undefined ? 0 : 1
  }
  return { name: `add: ${name}`, operations: EVENTS, run }
}

function preparing(name: string, type: AnyMeasureType, raw: readonly unknown[]): MeasureCase {
  const run = () => raw.reduce<number>((sum, each) => sum + type.prepare(each), 0)
  return { name: `prepare: ${name}`, operations: raw.length, run }
}

/** `post_engagement`: three counts and a distinct, in the totals, a minute's pane and a slice. */
function planCases(): readonly MeasureCase[] {
  const { definition } = postEngagement
  const plans = plansOf(definition).slice(0, 3)
  const events = users.map((userId, i) => ({
    plan: plans[i % 3]!,
    data: { postId: `post-${below(random, POSTS)}`, userId, region: "eu" },
  }))
  const prepared = events.map(({ plan, data }) => ({ plan, inputs: plan.prepare(data), post: data.postId }))
  const panes = () =>
    new Map(Array.from({ length: POSTS }, (_, i) => [`post-${i}`, [0, 1, 2].map(() => emptyPane(definition))]))
  const add = (into: Map<string, Pane[]>) => {
    for (const { plan, inputs, post } of prepared) for (const pane of into.get(post)!) plan.addTo(pane, inputs, ORDER)
    return into
  }
  const slices = [...add(panes()).values()].flat()
  return [
    {
      name: "plan: key",
      operations: EVENTS,
      run: () => events.reduce((sum, e) => sum + e.plan.keysOf(e.data).length, 0),
    },
    {
      name: "plan: prepare",
      operations: EVENTS,
      run: () => events.reduce((sum, e) => sum + e.plan.prepare(e.data).length, 0),
    },
    { name: "plan: add to three panes", operations: EVENTS, run: () => add(panes()).size },
    { name: "pane: merge", operations: slices.length, run: () => merged(slices).length },
    {
      name: "pane: row of columns",
      operations: slices.length,
      run: () => slices.reduce((sum, pane) => sum + columnsOf(definition, pane, []).length, 0),
    },
    {
      name: "pane: encode",
      operations: slices.length,
      run: () => slices.reduce((sum, pane) => sum + encodePane(definition, pane).length, 0),
    },
  ]
}

/** Twelve at a time, as a sliding window's slices are. */
function merged(slices: readonly Pane[]): readonly Pane[] {
  const { definition } = postEngagement
  const windows: Pane[] = []
  slices.forEach((slice, i) => {
    if (i % 12 === 0) windows.push(emptyPane(definition))
    mergePane(definition, windows.at(-1)!, slice)
  })
  return windows
}
