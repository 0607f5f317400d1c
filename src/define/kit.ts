/**
 * Owns: the `m` of `measures: (m) => ({ … })`: what measures there are, with their types.
 * Never: computing them (measures/), or naming them (the definition does).
 */

import type { ColumnType } from "./column.ts"
import type { AnyEvent, EventDef, Tagged } from "./event.ts"
import type { CustomMeasure } from "./measures/custom.ts"
import type { AnyMeasureType, Encoded } from "./measures/measure.ts"
import type { Common, Predicate, Sel, Select } from "./select.ts"

/** One state in every pane. Several measures may read one: percentiles do. */
export interface Slot {
  readonly type: AnyMeasureType
  /** Types of the events it takes; undefined takes all that are listened to. */
  readonly of: readonly string[] | undefined
  /** All of them must hold. */
  readonly where: readonly Predicate[]
  /** What is read of an event: nothing (count), one value, or a list. */
  readonly selects: readonly Select[]
  /** What is wrong with it, for check.ts. */
  readonly problems: readonly string[]
}

export interface MeasureSpec {
  readonly kind: string
  readonly slot: Slot
  /** Which of the answers its state can give: "p95". */
  readonly reads: string | undefined
  /** As rows and lambdas see it. */
  readonly toValue: (state: unknown) => unknown
  /** As sinks and API see it: the same, save decimals, which are exact text there. */
  readonly toColumn: (state: unknown) => unknown
  readonly type: ColumnType
  readonly nullable: boolean
  /** An estimate: HyperLogLog, DDSketch, SpaceSaving. */
  readonly approximate: boolean
  readonly unit: string | undefined
  readonly description: string | undefined
}

export interface Measure<V> {
  /** For the compiler alone. */
  readonly _value?: V
  readonly spec: MeasureSpec
  /** What it means, for API and dashboard. */
  describe(text: string): Measure<V>
  unit(unit: string): Measure<V>
}

export interface RankedRow {
  readonly value: string
  readonly count: number
}

export interface Kit<U, Defs extends AnyEvent> {
  count(...of: Defs[]): Measure<number>
  /** Only these events, for what follows. */
  of<const D extends readonly [Defs, ...Defs[]]>(...of: D): Kit<Tagged<D[number]>, D[number]>
  /** Only events for which it holds. */
  where<V extends U>(holds: (event: U) => event is V): Kit<V, Defs>
  where(holds: (event: U) => boolean): Kit<U, Defs>
  /** Exact, whatever the order. With a scale: of decimals, rounded to so many places one by one; else of doubles. */
  sum(of: Sel<U, number>, options?: { readonly scale: number }): Measure<number>
  mean(of: Sel<U, number>): Measure<number | null>
  min(of: Sel<U, number>): Measure<number | null>
  max(of: Sel<U, number>): Measure<number | null>
  /** By event time. */
  first<V extends Plain>(of: (event: U) => V | undefined): Measure<V | null>
  first<K extends Common<U, Plain>>(of: K): Measure<U[K & keyof U] | null>
  last<V extends Plain>(of: (event: U) => V | undefined): Measure<V | null>
  last<K extends Common<U, Plain>>(of: K): Measure<U[K & keyof U] | null>
  /** The earliest and the latest event time. */
  firstAt(...of: Defs[]): Measure<Date | null>
  lastAt(...of: Defs[]): Measure<Date | null>
  distinct(of: Sel<U, string | number>): Measure<number>
  percentiles<const P extends `p${number}`>(
    of: Sel<U, number>,
    which: readonly P[],
  ): { readonly [K in P]: Measure<number | null> }
  /** The n heaviest values. Exact when every value comes once a window, from a `closed`; else SpaceSaving. */
  top(n: number, of: { readonly by: Sel<U, string>; readonly weight?: Sel<U, number> }): Measure<readonly RankedRow[]>
  custom<S, I, V>(
    of: (event: U) => I | null | undefined,
    measure: CustomMeasure<S, I, V>,
    options: { readonly type: ColumnType; readonly nullable?: boolean },
  ): Measure<V>
}

/** What first and last can keep. */
export type Plain = Encoded

export type KitOf<On extends readonly AnyEvent[]> = Kit<Tagged<On[number]>, On[number]>

/** What a `measures` function made, without its types. */
export type Measures = Readonly<Record<string, Measure<unknown>>>

export type Values<M> = { readonly [K in keyof M]: M[K] extends Measure<infer V> ? V : never }

/** Anything with a type and data: `PostLiked`, `hashtagUse.closed`. */
// biome-ignore lint/suspicious/noExplicitAny: any event, whatever its data
export type SomeEvent = EventDef<any, any>
