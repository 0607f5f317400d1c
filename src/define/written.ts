/** Owns: a definition as it arrives at run time, from any of the forms of actor.ts. Never: its inferred types. */

import type * as Schema from "effect/Schema"
import type { DerivedSpec } from "./derive.ts"
import type { AnyEvent } from "./event.ts"
import type { JoinSpec } from "./join.ts"
import type { Measures } from "./kit.ts"
import type { Window } from "./windows.ts"

type Lambda<R> = (...args: never[]) => R

export interface Written {
  readonly version: number
  readonly title?: string
  readonly description?: string
  readonly internal?: boolean
  readonly on: readonly AnyEvent[]
  readonly key: string | readonly string[] | ((event: never) => unknown)
  readonly keyNames?: readonly string[]
  readonly emits?: readonly AnyEvent[]
  readonly keep?: { readonly idle?: string; readonly windows?: string }
  readonly migrate?: (old: never, version: number) => unknown
  readonly windows?: readonly Window[]
  readonly grace?: string
  readonly measures?: (kit: never) => Measures
  readonly join?: Readonly<Record<string, { readonly spec: JoinSpec }>>
  readonly derive?: Readonly<Record<string, { readonly spec: DerivedSpec }>>
  readonly onChange?: Lambda<void>
  readonly onClose?: Lambda<void>
  readonly state?: Schema.Codec<object, unknown, never, never>
  readonly initial?: unknown
  readonly reduce?: Lambda<unknown>
  readonly onTimer?: Lambda<unknown>
  readonly unordered?: boolean
}
