/**
 * Owns: fields computed from measures after merging: right in rollups too. Never: states of their own.
 */

export interface DerivedSpec {
  readonly kind: "ratio" | "weighted"
  readonly uses: readonly string[]
  /** Weighted: of each one used. */
  readonly weights: readonly number[]
  readonly unit: string | undefined
  readonly description: string | undefined
}

/** `N`: the measures it needs. */
export interface Derived<N extends string> {
  /** For the compiler alone. */
  readonly _uses?: (name: N) => void
  readonly spec: DerivedSpec
  unit(unit: string): Derived<N>
  describe(text: string): Derived<N>
}

/** a / b; null while b is zero. */
export function ratio<const A extends string, const B extends string>(a: A, b: B): Derived<A | B> {
  return derived({ kind: "ratio", uses: [a, b], weights: [] })
}

export function weighted<const W extends Readonly<Record<string, number>>>(weights: W): Derived<keyof W & string> {
  return derived({ kind: "weighted", uses: Object.keys(weights), weights: Object.values(weights) })
}

/** The sum of several measures. */
export function total<const N extends string>(...uses: readonly [N, ...N[]]): Derived<N> {
  return derived({ kind: "weighted", uses, weights: uses.map(() => 1) })
}

function derived<N extends string>(of: Omit<DerivedSpec, "unit" | "description">): Derived<N> {
  return described({ ...of, unit: undefined, description: undefined })
}

function described<N extends string>(spec: DerivedSpec): Derived<N> {
  return Object.freeze({
    spec: Object.freeze(spec),
    unit: (unit: string) => described<N>({ ...spec, unit }),
    describe: (description: string) => described<N>({ ...spec, description }),
  })
}

/** From the values of the measures it uses, in that order; null when one of them is missing or not a number. */
export function deriveFrom(spec: DerivedSpec, values: readonly unknown[]): number | null {
  let sum = 0
  for (let i = 0; i < spec.uses.length; i++) {
    const value = values[i]
    if (typeof value !== "number") return null
    if (spec.kind === "weighted") sum += value * spec.weights[i]!
  }
  if (spec.kind === "weighted") return sum
  return values[1] === 0 ? null : Number(values[0]) / Number(values[1])
}
