/**
 * Owns: what an actor is once it is defined: plain, frozen, introspectable. Engine, sinks, API and dashboard are made
 * from it. Never: how developers write it (actor.ts), or panes and rows (pane.ts, row.ts, plan.ts).
 */

import type { FreeContext, WindowContext } from "./actor.ts"
import type { ColumnType } from "./column.ts"
import type { DerivedSpec } from "./derive.ts"
import type { AnyEvent } from "./event.ts"
import type { JoinSpec } from "./join.ts"
import type { KeyReader } from "./key.ts"
import type { MeasureSpec, Slot } from "./kit.ts"
import type { Encoded } from "./measures/measure.ts"
import type { Timed } from "./windows.ts"

export interface Definition {
  readonly name: string
  readonly version: number
  readonly title: string
  readonly description: string | undefined
  readonly internal: boolean
  readonly form: "declared" | "free"
  /** What it listens to, then what it only joins. A routed record names its event by the place in this list. */
  readonly sources: readonly AnyEvent[]
  readonly on: readonly AnyEvent[]
  readonly key: KeyDefinition
  readonly windows: readonly WindowDefinition[]
  readonly graceMs: number
  readonly joins: readonly JoinDefinition[]
  /** A pane has one state for each, in this order. */
  readonly slots: readonly Slot[]
  readonly measures: Readonly<Record<string, MeasureDefinition>>
  readonly derived: Readonly<Record<string, DerivedDefinition>>
  readonly free: FreeDefinition | undefined
  /** Of a row, in order: measures, derived, joined; or the state's. */
  readonly fields: readonly Field[]
  readonly emits: readonly AnyEvent[]
  readonly onChange: WindowStep | undefined
  readonly onClose: WindowStep | undefined
  readonly keep: { readonly idleMs: number | undefined; readonly windowsMs: number | undefined }
  /** Old measure states by name, or the old state of a free form, with the version they are of. */
  readonly migrate: ((old: never, version: number) => unknown) | undefined
  /** Nothing for the free form, which has no windows to close. */
  readonly closed: ClosedEvent | undefined
  /** "actors.ts:12", for whoever has to mend it. */
  readonly where: string
  /** What was found wrong while it was made; check.ts says it. */
  readonly problems: readonly Problem[]
}

export interface Problem {
  /** "derive.ctr" */
  readonly field: string
  readonly reason: string
  /** What would be right. */
  readonly right: string
}

export interface KeyDefinition {
  readonly names: readonly string[]
  /** Whether the names are fields of the events; else a function reads them. */
  readonly plain: boolean
  readonly read: KeyReader
  /** The function, for the fingerprint. */
  readonly function: ((event: never) => unknown) | undefined
}

export interface WindowDefinition {
  readonly window: Timed
  /** `1h_by_5m`: in table names. */
  readonly name: string
  /** `SLIDING_1H_BY_5M`: in GraphQL. */
  readonly label: string
  /** The window came with the event; nothing is assigned by time. */
  readonly inherited: boolean
}

export interface JoinDefinition extends JoinSpec {
  readonly name: string
  readonly read: KeyReader
}

export interface MeasureDefinition extends MeasureSpec {
  readonly name: string
  /** Where its state is in a pane. */
  readonly at: number
}

export interface DerivedDefinition extends DerivedSpec {
  readonly name: string
  readonly type: ColumnType
}

export interface Field {
  /** `uniqueUsers`: in rows, documents, GraphQL. */
  readonly name: string
  /** `unique_users`: in PostgreSQL. */
  readonly column: string
  readonly type: ColumnType
  readonly nullable: boolean
  readonly approximate: boolean
  readonly unit: string | undefined
  readonly description: string | undefined
  readonly origin: "measure" | "derived" | "join" | "state"
}

export type Row = Readonly<Record<string, unknown>>
export type WindowStep = (row: never, context: WindowContext<never, string>) => void
type FreeStep<Input> = (state: unknown, input: Input, context: FreeContext<never, string>) => unknown

export interface FreeDefinition {
  readonly initial: unknown
  readonly reduce: FreeStep<never>
  readonly onTimer: FreeStep<string> | undefined
  readonly unordered: boolean
  /** Plain values. Throws Failure for a state that is not of the schema. */
  readonly encode: (state: unknown) => Encoded
  readonly decode: (encoded: Encoded) => unknown
}

/** The event of a closed window knows whose it is: listeners inherit its windows. */
export interface ClosedEvent extends AnyEvent {
  readonly closes: Definition
}

export function isClosed(event: AnyEvent): event is ClosedEvent {
  return "closes" in event
}

/** `uniqueUsers` is `unique_users`, `p95` stays. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
