/** Owns: making measures from what a definition says of them. Never: deciding whether it makes sense (check.ts). */

import { type ColumnType, fieldColumn } from "./column.ts"
import type { AnyEvent } from "./event.ts"
import type { Kit, Measure, MeasureSpec, Slot, SomeEvent } from "./kit.ts"
import { count } from "./measures/count.ts"
import { type CustomMeasure, customType } from "./measures/custom.ts"
import type { DecimalSum } from "./measures/decimal.ts"
import { distinct, type Hll } from "./measures/distinct.ts"
import { type End, first, last } from "./measures/ends.ts"
import type { ExactSum } from "./measures/exact.ts"
import { max, min, numberOrNull } from "./measures/extremes.ts"
import { mean, meanOf } from "./measures/mean.ts"
import type { AnyMeasureType } from "./measures/measure.ts"
import { type DDSketch, percentiles } from "./measures/percentiles.ts"
import { type SpaceSaving, topApproximate } from "./measures/space-saving.ts"
import { decimalSum, exactSum, SCALE_MAX } from "./measures/sum.ts"
import { firstAt, lastAt } from "./measures/times.ts"
import { type Ranked, topExact } from "./measures/top.ts"
import { type Predicate, type Select, selectOf } from "./select.ts"

export const TOP_MAX = 100

/** What a kit must know of the actor it makes measures for. */
export interface KitContext {
  readonly on: readonly AnyEvent[]
  /** Whether a value read like this occurs once in every window. */
  readonly oncePerWindow: (by: Select) => boolean
}

interface Narrowed {
  readonly events: readonly AnyEvent[]
  readonly of: readonly string[] | undefined
  readonly where: readonly Predicate[]
}

/** A column type with the way there. */
interface Reading<S> {
  readonly type: ColumnType
  readonly nullable?: boolean
  readonly approximate?: boolean
  readonly reads?: string
  readonly toValue: (state: S) => unknown
  readonly toColumn?: (state: S) => unknown
}

/** The definition's own types stand in kit.ts; here all events are alike. */
type UntypedKit = Readonly<Record<keyof Kit<unknown, SomeEvent>, (...args: never[]) => unknown>>

export function makeKit(context: KitContext): UntypedKit {
  return kitFor(context, { events: context.on, of: undefined, where: [] })
}

function kitFor(context: KitContext, narrowed: Narrowed): UntypedKit {
  const only = (of: readonly AnyEvent[]): Narrowed =>
    of.length === 0 ? narrowed : { ...narrowed, events: of, of: of.map(({ type }) => type) }
  const slot = (type: AnyMeasureType, selects: readonly unknown[], problems: readonly string[] = []): Slot =>
    slotFor(narrowed, type, selects, problems)
  const one =
    <S>(type: AnyMeasureType, reading: Reading<S>) =>
    (sel: unknown) =>
      measureOf(slot(type, [sel]), reading)
  const end = (type: AnyMeasureType) => (sel: unknown) => measureOf(slot(type, [sel]), endReading(narrowed.events, sel))
  return {
    count: (...of: SomeEvent[]) => measureOf(slotFor(only(of), count, [], []), COUNT),
    of: (...of: SomeEvent[]) => kitFor(context, only(of)),
    where: (holds: Predicate) => kitFor(context, { ...narrowed, where: [...narrowed.where, holds] }),
    sum: (sel: unknown, options?: { readonly scale: number }) => sumOf(slot, sel, options),
    mean: one(mean, { type: "double", nullable: true, toValue: meanOf }),
    min: one(min, { type: "double", nullable: true, toValue: numberOrNull }),
    max: one(max, { type: "double", nullable: true, toValue: numberOrNull }),
    first: end(first),
    last: end(last),
    firstAt: (...of: SomeEvent[]) => measureOf(slotFor(only(of), firstAt, [], []), TIME),
    lastAt: (...of: SomeEvent[]) => measureOf(slotFor(only(of), lastAt, [], []), TIME),
    distinct: one(distinct, { type: "long", approximate: true, toValue: (state: Hll) => state.estimate() }),
    percentiles: (sel: unknown, which: readonly string[]) => percentilesOf(slot(percentiles, [sel]), which),
    top: (n: number, of: TopOptions) => topOf(context, slot, n, of),
    custom: (sel: unknown, measure: CustomMeasure<unknown, unknown, unknown>, as: CustomOptions) =>
      measureOf(slot(customType(measure), [sel]), { ...as, toValue: measure.value }),
  }
}

const COUNT: Reading<number> = { type: "long", toValue: (state) => state }

interface TopOptions {
  readonly by: unknown
  readonly weight?: unknown
}

interface CustomOptions {
  readonly type: ColumnType
  readonly nullable?: boolean
}

function slotFor(
  { of, where }: Narrowed,
  type: AnyMeasureType,
  selects: readonly unknown[],
  problems: readonly string[],
): Slot {
  return Object.freeze({ type, of, where, selects: selects.map(selectOf), problems })
}

function measureOf<V, S = never>(slot: Slot, reading: Reading<S>): Measure<V> {
  const { type, toValue, toColumn = toValue, nullable = false, approximate = false, reads } = reading
  return described({
    kind: slot.type.kind,
    slot,
    reads,
    toValue: toValue as (state: unknown) => unknown,
    toColumn: toColumn as (state: unknown) => unknown,
    type,
    nullable,
    approximate,
    unit: undefined,
    description: undefined,
  })
}

function described<V>(spec: MeasureSpec): Measure<V> {
  return Object.freeze({
    spec: Object.freeze(spec),
    describe: (description: string) => described<V>({ ...spec, description }),
    unit: (unit: string) => described<V>({ ...spec, unit }),
  })
}

type MakeSlot = (type: AnyMeasureType, selects: readonly unknown[], problems?: readonly string[]) => Slot

function sumOf(slot: MakeSlot, sel: unknown, options?: { readonly scale: number }): Measure<number> {
  if (options === undefined) {
    return measureOf(slot(exactSum, [sel]), { type: "double", toValue: (state: ExactSum) => state.value() })
  }
  const { scale } = options
  const fits = Number.isInteger(scale) && scale >= 0 && scale <= SCALE_MAX
  const problems = fits ? [] : [`a sum's scale is a whole number from 0 to ${SCALE_MAX}, not ${scale}`]
  return measureOf(slot(decimalSum(fits ? scale : 0), [sel], problems), {
    type: "decimal",
    toValue: (state: DecimalSum) => state.value(scale),
    toColumn: (state: DecimalSum) => state.text(scale),
  })
}

const TIME: Reading<number> = {
  type: "time",
  nullable: true,
  toValue: (state) => (Number.isFinite(state) ? new Date(state) : null),
}

function endReading(events: readonly AnyEvent[], sel: unknown): Reading<End> {
  const type = typeof sel === "string" ? fieldColumn(events, sel) : "json"
  if (type !== "time") return { type, nullable: true, toValue: ({ value }) => value }
  return { type, nullable: true, toValue: ({ value }) => (typeof value === "number" ? new Date(value) : null) }
}

function percentilesOf<P extends string>(slot: Slot, which: readonly P[]): Record<P, Measure<number | null>> {
  const each = which.map((name) => {
    const p = Number(name.slice(1))
    const fits = name.startsWith("p") && p >= 0 && p <= 100
    const problems = fits ? [] : [`a percentile is written p0 to p100, not ${name}`]
    const toValue = (state: DDSketch) => state.percentile(fits ? p : 50)
    const own = fits ? slot : Object.freeze({ ...slot, problems })
    return [
      name,
      measureOf<number | null, DDSketch>(own, {
        type: "double",
        nullable: true,
        approximate: true,
        reads: name,
        toValue,
      }),
    ]
  })
  return Object.fromEntries(each) as Record<P, Measure<number | null>>
}

function topOf(context: KitContext, slot: MakeSlot, n: number, of: TopOptions): Measure<readonly Ranked[]> {
  const fits = Number.isInteger(n) && n >= 1 && n <= TOP_MAX
  const size = fits ? n : 1
  const problems = fits ? [] : [`top keeps 1 to ${TOP_MAX} values, not ${n}`]
  const selects = of.weight === undefined ? [of.by] : [of.by, of.weight]
  if (of.weight !== undefined && context.oncePerWindow(selectOf(of.by))) {
    return measureOf(slot(topExact(size), selects, problems), {
      type: "json",
      toValue: (state: Ranked[]) => [...state],
    })
  }
  const toValue = (state: SpaceSaving) => {
    return state
      .list()
      .slice(0, size)
      .map(({ value, count }) => ({ value, count }))
  }
  return measureOf(slot(topApproximate(size), selects, problems), { type: "json", approximate: true, toValue })
}
