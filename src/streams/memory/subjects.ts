/** Owns: how NATS matches and transforms subjects, as pure functions. Never: which subjects Millrace uses. */

import { assert } from "../../base/assert.ts"
import { fnv1a } from "../../base/hash.ts"

/** `*` is one token, `>` one or more at the end. */
export function matches(filter: string, subject: string): boolean {
  if (filter === subject || filter === ">") return true
  const wanted = filter.split(".")
  const tokens = subject.split(".")
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === ">") return tokens.length > i
    if (i >= tokens.length || (wanted[i] !== "*" && wanted[i] !== tokens[i])) return false
  }
  return wanted.length === tokens.length
}

export const isLiteral = (filter: string) => !/(^|\.)[*>](\.|$)/.test(filter)

export interface Transform {
  readonly source: string
  readonly destination: string
}

/**
 * The server's subject transform, as far as the topology uses it: `{{partition(n,i,…)}}` and `{{wildcard(i)}}`.
 * A subject that `source` does not match, or that has a wildcard for a token, stays as it is.
 */
export function transformer(transform: Transform): (subject: string) => string {
  const { source, destination } = transform
  const places = source.split(".").flatMap((token, i) => (token === "*" ? [i] : []))
  const parts = destination.split(".").map((token) => partOf(token, places))
  return (subject) => {
    if (!matches(source, subject)) return subject
    const tokens = subject.split(".")
    if (tokens.some((token) => token === "*" || token === ">")) return subject
    return parts.map((part) => part(tokens)).join(".")
  }
}

type Part = (tokens: readonly string[]) => string

function partOf(token: string, places: readonly number[]): Part {
  const [, name, list] = /^\{\{(\w+)\(([\d,]+)\)\}\}$/.exec(token) ?? []
  if (name === undefined || list === undefined) return () => token
  const numbers = list.split(",").map(Number)
  const place = (wildcard: number): number => {
    const at = places[wildcard - 1]
    assert(at !== undefined, `${token}: there is no wildcard ${wildcard}`)
    return at
  }
  if (name === "wildcard") {
    const at = place(numbers[0]!)
    return (tokens) => tokens[at]!
  }
  assert(name === "partition", `${token}: a function this transform does not know`)
  const [count, ...wildcards] = numbers
  const ats = wildcards.map(place)
  return (tokens) => String(fnv1a(ats.map((at) => tokens[at]).join("")) % count!)
}
