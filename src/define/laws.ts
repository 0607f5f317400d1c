/**
 * Owns: saying which laws (M1 to M4 of measures/measure.ts) a measure breaks, for our kinds and for users' own.
 * Never: proving them: it tries what it is given, or what a seed makes of it.
 */

import { isDeepStrictEqual } from "node:util"
import { below, type Random, seededRandom } from "../base/random.ts"
import { type CustomMeasure, customType } from "./measures/custom.ts"
import type { MeasureType } from "./measures/measure.ts"
import type { Order } from "./order.ts"

/** An input with its place. No two of one trial share a place. */
export interface Fed<Input> {
  readonly input: Input
  readonly order: Order
}

export type Trial<Input> = readonly [readonly Fed<Input>[], readonly Fed<Input>[], readonly Fed<Input>[]]

type Law<S, I> = (type: MeasureType<S, I>, trial: Trial<I>) => boolean

const SAME_EMPTY = "empty is always the same"

/** For every kind. */
const ALWAYS: Readonly<Record<string, Law<unknown, unknown>>> = {
  "empty is the identity of merge": (type, [a]) => {
    const left = type.merge(type.empty(), fold(type, a))
    const right = type.merge(fold(type, a), type.empty())
    return same(type, left, fold(type, a)) && same(type, right, fold(type, a))
  },
  "merge is commutative": (type, [a, b]) =>
    same(type, type.merge(fold(type, a), fold(type, b)), type.merge(fold(type, b), fold(type, a))),
  "merge leaves its second state as it was": (type, [a, b]) => {
    const from = fold(type, b)
    type.merge(fold(type, a), from)
    return same(type, from, fold(type, b))
  },
  [SAME_EMPTY]: (type, [a]) => {
    const before = type.encode(type.empty())
    fold(type, a)
    return isDeepStrictEqual(before, type.encode(type.empty()))
  },
  "decoding what was encoded gives the same state": (type, [a]) =>
    same(type, decoded(type, fold(type, a)), fold(type, a)),
  "a decoded state goes on as if never encoded": (type, [a, b]) =>
    same(type, foldInto(type, decoded(type, fold(type, a)), b), foldInto(type, fold(type, a), b)),
}

/** For kinds that are free of order. */
const UNORDERED: Readonly<Record<string, Law<unknown, unknown>>> = {
  "merge is associative": (type, [a, b, c]) => {
    const left = type.merge(type.merge(fold(type, a), fold(type, b)), fold(type, c))
    const right = type.merge(fold(type, a), type.merge(fold(type, b), fold(type, c)))
    return same(type, left, right)
  },
  "adding and then merging is adding everything": (type, [a, b]) =>
    same(type, type.merge(fold(type, a), fold(type, b)), fold(type, [...a, ...b])),
  "the order of adding does not show": (type, [a, b, c]) =>
    same(type, fold(type, [...a, ...b, ...c]), fold(type, [...c, ...b, ...a].toSorted(byIndex))),
}

/** Another order than any of the parts came in, the same on every run. */
function byIndex(a: Fed<unknown>, b: Fed<unknown>): number {
  return ((a.order.index * 7 + 3) % 11) - ((b.order.index * 7 + 3) % 11) || b.order.index - a.order.index
}

/** The names of the laws that one trial breaks. */
export function brokenLaws<S, I>(type: MeasureType<S, I>, trial: Trial<I>): readonly string[] {
  const laws = type.ordered ? ALWAYS : { ...ALWAYS, ...UNORDERED }
  return Object.entries(laws)
    .filter(([, law]) => !(law as Law<S, I>)(type, trial))
    .map(([name]) => name)
}

export interface LawTrials<Input> {
  /** An input that the measure may be given; small ranges find more than large ones. */
  readonly input: (random: Random) => Input
  readonly seed?: number
  readonly trials?: number
}

export interface BrokenLaw<Input> {
  readonly law: string
  readonly trial: Trial<Input>
}

const TRIALS_UNLESS_SAID = 200
const INPUTS_MAX = 12

/** For a custom measure: the first trial that breaks each law, none when all hold. */
export function testLaws<S, I>(measure: CustomMeasure<S, I, unknown>, of: LawTrials<I>): readonly BrokenLaw<I>[] {
  const random = seededRandom(of.seed ?? 1)
  const type = customType(measure)
  const broken = new Map<string, BrokenLaw<I>>()
  for (let run = 0; run < (of.trials ?? TRIALS_UNLESS_SAID); run++) {
    const trial = drawTrial(random, of.input)
    for (const law of brokenLaws(type, trial)) if (!broken.has(law)) broken.set(law, { law, trial })
    // Nothing more can be learnt from a measure whose empty state fills up.
    if (broken.has(SAME_EMPTY)) break
  }
  return [...broken.values()]
}

function drawTrial<I>(random: Random, input: (random: Random) => I): Trial<I> {
  let index = 0
  const part = () =>
    Array.from({ length: below(random, INPUTS_MAX) }, () => ({
      input: input(random),
      order: { time: below(random, 4), lane: below(random, 2), sequence: 1, segment: 0, index: index++ },
    }))
  return [part(), part(), part()]
}

function fold<S, I>(type: MeasureType<S, I>, fed: readonly Fed<I>[]): S {
  return foldInto(type, type.empty(), fed)
}

function foldInto<S, I>(type: MeasureType<S, I>, from: S, fed: readonly Fed<I>[]): S {
  return fed.reduce((state, { input, order }) => type.add(state, input, order), from)
}

function decoded<S, I>(type: MeasureType<S, I>, state: S): S {
  return type.decode(type.encode(state))
}

/** States are opaque: equal ones have equal wire forms. */
function same<S, I>(type: MeasureType<S, I>, a: S, b: S): boolean {
  return isDeepStrictEqual(type.encode(a), type.encode(b))
}
