/**
 * Owns: what every kind of measure is to the engine: a state that takes inputs, merges and travels.
 * Never: which field it reads (kit.ts), or rows and columns (fields.ts).
 *
 * M1 merge is associative and commutative and `empty` is its identity.
 * M2 adding to a state and merging afterwards is adding to the merged state.
 * M3 decode(encode(s)) answers what s answers, and equal states have equal bytes.
 * M4 what a kind does not declare `ordered` is the same, bit for bit, whatever the order of adds and merges.
 * M5 only `prepare` refuses an input: once an event is prepared, adding it cannot fail half-way.
 * Proven for every kind by measure.contract.ts; laws.ts tests the custom ones of users.
 */

import { Failure } from "../../base/errors.ts"
import type { Order } from "../order.ts"

/** What msgpack carries as it is. Part of snapshots and partials. */
export type Encoded =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Encoded[]
  | { readonly [name: string]: Encoded }

/** `State` may be mutable: `add` and `merge` may change and return their first argument, never their second. */
export interface MeasureType<State, Input> {
  readonly kind: string
  /** What tells it from others of its kind, and the version of its wire form: part of the fingerprint. */
  readonly params: Encoded
  /** Whether the order of adds shows (SpaceSaving, some custom ones): verify then compares within bounds. */
  readonly ordered: boolean
  /** Written by users: adding may throw, so it is tried before anything changes. Its states are never changed in place. */
  readonly custom?: true
  readonly empty: () => State
  /** From what a selector read to what `add` takes: checked, hashed, small; done once, whatever the number of panes. */
  readonly prepare: (raw: unknown) => Input
  readonly add: (state: State, input: Input, order: Order) => State
  readonly merge: (into: State, from: State) => State
  readonly encode: (state: State) => Encoded
  readonly decode: (encoded: Encoded) => State
}

/** A kind whose state and inputs are known to itself alone. */
// biome-ignore lint/suspicious/noExplicitAny: states are opaque to whoever holds measures of several kinds
export type AnyMeasureType = MeasureType<any, any>

/** A selector answered with what its measure cannot take: this event never will do for this actor. */
export class UnfitInput extends Failure {
  override readonly name = "UnfitInput"
  readonly tag = "UnfitInput"
  readonly verdict = "refuse"
}

/** Bytes of a snapshot or partial that no version of ours wrote. */
export class UnreadableState extends Failure {
  override readonly name = "UnreadableState"
  readonly tag = "UnreadableState"
  readonly verdict = "stop"
}

export function unreadable(kind: string): UnreadableState {
  return new UnreadableState({ operation: `decoding a ${kind}`, reason: "the bytes are not of this kind's wire form" })
}

/** In words that name no value: it may be a secret. */
export function unfit(kind: string, raw: unknown, expected: string): UnfitInput {
  const found = raw === null ? "null" : typeof raw === "number" ? "a number out of range" : `a ${typeof raw}`
  return new UnfitInput({ operation: `adding to a ${kind}`, reason: `got ${found}, not ${expected}` })
}

export function finite(kind: string, raw: unknown): number {
  if (typeof raw === "number" && Number.isFinite(raw)) return raw
  throw unfit(kind, raw, "a finite number")
}

export function isList(encoded: Encoded | undefined): encoded is readonly Encoded[] {
  return Array.isArray(encoded)
}
