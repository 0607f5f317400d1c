/** Owns: stopping at a broken promise of our own. Never: for input, networks or people; those get typed failures. */

export class Bug extends Error {
  override readonly name = "Bug"
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Bug(message)
}
