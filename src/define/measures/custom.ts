/** Owns: measures that users write themselves, as a kind like any other. Never: trusting their laws (laws.ts tests them). */

import type { Order } from "../order.ts"
import type { Encoded, MeasureType } from "./measure.ts"

/** Pure functions over a state that is never changed in place. */
export interface CustomMeasure<State, Input, Value> {
  /** Named in errors and in the fingerprint; raise the version when the codec changes. */
  readonly name: string
  readonly version: number
  readonly empty: State
  readonly add: (state: State, input: Input, order: Order) => State
  /** Associative and commutative, with `empty` as its identity. */
  readonly merge: (a: State, b: State) => State
  readonly value: (state: State) => Value
  readonly codec: {
    readonly encode: (state: State) => Encoded
    readonly decode: (encoded: Encoded) => State
  }
  /** The result depends on the order of adds; verify then leaves it out, and says so. */
  readonly ordered?: boolean
}

export function customType<State, Input>(of: CustomMeasure<State, Input, unknown>): MeasureType<State, Input> {
  return {
    kind: of.name,
    params: [of.version],
    ordered: of.ordered ?? false,
    custom: true,
    empty: () => of.empty,
    prepare: (raw) => raw as Input,
    add: of.add,
    merge: of.merge,
    encode: of.codec.encode,
    decode: of.codec.decode,
  }
}
