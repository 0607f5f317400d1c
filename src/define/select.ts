/** Owns: which part of an event a measure reads, as types and as functions. Never: what is done with it. */

/** Names of fields that every event in U has, with values of type V only. */
export type Common<U, V> = keyof U extends infer K
  ? K extends keyof U & string
    ? K extends `_${string}`
      ? never
      : [U[K]] extends [V]
        ? K
        : never
    : never
  : never

/** A field, or a function; one that answers with undefined or null adds nothing for this event. */
export type Sel<U, V> = Common<U, V> | ((event: U) => V | null | undefined)

/** An event's data with its type as `_tag`, without its types. */
export type TaggedData = Readonly<Record<string, unknown>> & { readonly _tag: string }

export type Select =
  | { readonly kind: "field"; readonly field: string }
  | { readonly kind: "function"; readonly read: (event: never) => unknown }

export type Predicate = (event: never) => boolean

export function selectOf(sel: unknown): Select {
  if (typeof sel === "function") return { kind: "function", read: sel as (event: never) => unknown }
  return { kind: "field", field: String(sel) }
}
