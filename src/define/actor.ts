/**
 * Owns: `actor(name, { … })`: the shape of a definition as developers write it, with everything inferred from it.
 * Never: what the engine does with it (definition.ts makes its plain form, check.ts says what is wrong with it).
 */

import type * as Schema from "effect/Schema"
import { definitionOf } from "./define.ts"
import type { Definition } from "./definition.ts"
import type { Derived } from "./derive.ts"
import type { DurationText } from "./duration.ts"
import type { Emit, EventDef, Tagged } from "./event.ts"
import type { Join } from "./join.ts"
import type { KeyFields, KeyOf, KeyRecord } from "./key.ts"
import type { KitOf, Measure, SomeEvent, Values } from "./kit.ts"
import type { Encoded } from "./measures/measure.ts"
import type { Window } from "./windows.ts"
import type { Written } from "./written.ts"

export type Simplify<T> = { [K in keyof T]: T[K] } & {}

export interface WindowOf {
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
}

type Joined<J> = { readonly [K in keyof J]: J[K] extends Join<infer D, infer _> ? D | null : never }
export type RowOf<M, D, J> = Simplify<Values<M> & { readonly [K in keyof D]: number | null } & Joined<J>>

/** What `<actor>.closed` says. `name`: which of the windows, as in `1h_by_5m`. */
export type ClosedData<K, R> = Simplify<K & R & { readonly window: WindowOf & { readonly name: string } }>

/** The hand a step is given besides its data. Nothing in it reads a clock. */
export interface Context<K, Em extends string> {
  readonly key: K
  readonly tenant: string
  readonly watermark: Date
  emit(event: Emit<Em>): void
}

/** For `onChange` and `onClose`. An actor without windows has one, of all time. */
export interface WindowContext<K, Em extends string> extends Context<K, Em> {
  readonly window: WindowOf
  /** Emits at most once under this name in this window. */
  once(name: string, event: Emit<Em>): void
}

/** For the free form. Timers are named: setting one again moves it. */
export interface FreeContext<K, Em extends string> extends Context<K, Em> {
  /** The event's time, or the timer's. */
  readonly time: Date
  timer(name: string, at: Date | { readonly after: DurationText }): void
  cancel(name: string): void
}

type Names<E> = E extends EventDef<infer T, infer _D> ? T : never

/** What both forms have. */
interface Common<On extends readonly SomeEvent[], Key, Em extends readonly SomeEvent[]> {
  /** Raised when the state or what it means changes. */
  readonly version: number
  readonly title?: string
  readonly description?: string
  /** Feeds other actors only: no view, no API. */
  readonly internal?: boolean
  readonly on: On
  /** A field of every event, several, or a function to one key or many. */
  readonly key: Key
  /** The names of a key function's fields, where an example event does not bring them out. */
  readonly keyNames?: readonly string[]
  readonly emits?: Em
}

type KeyArgument<U> = KeyFields<U> | ((event: U) => KeyRecord | readonly KeyRecord[])

/** Says at the field which measures there are. */
type UsesOnly<D, M> = {
  [P in keyof D]: D[P] extends Derived<infer U>
    ? [U] extends [keyof M & string]
      ? unknown
      : { readonly error: "no such measure"; readonly names: Exclude<U, keyof M> }
    : never
}

/** Says at the join which of the actor's key fields its event lacks. */
type JoinsUnder<J, K> = {
  [P in keyof J]: J[P] extends Join<infer _D, infer Keys>
    ? [keyof K & string] extends [Keys]
      ? unknown
      : { readonly error: "the event lacks key fields: say `by`"; readonly names: Exclude<keyof K, Keys> }
    : never
}

/** Measure states by name, as they were encoded. */
export type EncodedMeasures = Readonly<Record<string, Encoded>>

export interface Declared<On extends readonly SomeEvent[], Key, M, J, D, Em extends readonly SomeEvent[]>
  extends Common<On, Key, Em> {
  readonly measures: (m: KitOf<On>) => M
  readonly windows: readonly Window[]
  /** How long past its end a window still accepts: 30 seconds unless said. */
  readonly grace?: DurationText
  readonly join?: J & JoinsUnder<J, KeyOf<Key>>
  readonly derive?: D & UsesOnly<D, M>
  /** Pure. Takes windows as they change, in event-time order. */
  readonly onChange?: (row: RowOf<M, D, J>, context: WindowContext<KeyOf<Key>, Names<Em[number]>>) => void
  /** Pure. Takes each window once, when it has closed. */
  readonly onClose?: (row: RowOf<M, D, J>, context: WindowContext<KeyOf<Key>, Names<Em[number]>>) => void
  /** When an instance is forgotten, and how long rows of windows stay. */
  readonly keep?: { readonly idle?: DurationText; readonly windows?: DurationText }
  /** From the measures of an older version; without it, those of the same name and kind are kept. */
  readonly migrate?: (old: EncodedMeasures, version: number) => EncodedMeasures
}

/** A `Schema.Struct` without services: its fields are the row. */
export type StateSchema = Schema.Codec<object, unknown, never, never> & { readonly fields: Schema.Struct.Fields }

export interface Free<On extends readonly SomeEvent[], Key, S extends StateSchema, Em extends readonly SomeEvent[]>
  extends Common<On, Key, Em> {
  readonly state: S
  readonly initial: S["Type"]
  /** Pure: returns the next state. */
  readonly reduce: (
    state: S["Type"],
    event: Tagged<On[number]>,
    context: FreeContext<KeyOf<Key>, Names<Em[number]>>,
  ) => S["Type"]
  readonly onTimer?: (state: S["Type"], timer: string, context: FreeContext<KeyOf<Key>, Names<Em[number]>>) => S["Type"]
  /** Takes events as they arrive; `verify` then leaves it out. Else in event-time order, once the watermark passed. */
  readonly unordered?: boolean
  readonly keep?: { readonly idle?: DurationText }
  readonly migrate?: (old: unknown, version: number) => S["Type"]
}

export interface AnyActor {
  readonly name: string
  readonly definition: Definition
}

export interface FreeActor<N extends string, K, R> extends AnyActor {
  readonly name: N
  /** Its types, for the compiler alone: `typeof actor.row`. */
  readonly row: R
  readonly key: K
}

export interface Actor<N extends string, K, R> extends FreeActor<N, K, R> {
  /** One event a window, when it has closed: for others to listen to. */
  readonly closed: EventDef<`${N}.closed`, ClosedData<K, R>>
}

export function actor<
  const N extends string,
  const On extends readonly SomeEvent[],
  const Key extends KeyArgument<Tagged<On[number]>>,
  S extends StateSchema,
  const Em extends readonly SomeEvent[] = [],
>(name: N, definition: Free<On, Key, S, Em>): FreeActor<N, KeyOf<Key>, Simplify<S["Type"]>>
export function actor<
  const N extends string,
  const On extends readonly SomeEvent[],
  const Key extends KeyArgument<Tagged<On[number]>>,
  M extends Readonly<Record<string, Measure<unknown>>>,
  // biome-ignore lint/complexity/noBannedTypes: no joins
  J extends Readonly<Record<string, Join<unknown, never>>> = {},
  // biome-ignore lint/complexity/noBannedTypes: nothing derived
  D extends Readonly<Record<string, Derived<never>>> = {},
  const Em extends readonly SomeEvent[] = [],
>(name: N, definition: Declared<On, Key, M, J, D, Em>): Actor<N, KeyOf<Key>, RowOf<M, D, J>>
/** Throws nothing: what is wrong is in the definition's problems, and all of it is said at start. */
export function actor(name: string, written: Written): AnyActor {
  return definitionOf(name, written)
}
