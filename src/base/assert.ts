/** Owns: stopping at a broken promise of our own. Never: for input, networks or people; those get typed failures. */

export class Bug extends Error {
  override readonly name = "Bug"
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Bug(message)
}

/** The compiler's proof that a union is exhausted, kept at run time. */
export function unreachable(value: never): never {
  throw new Bug(`unreachable: ${JSON.stringify(value)}`)
}
