/** Owns: the exit codes that scripts rely on. Never: exiting. */

import { Misuse, Unreachable } from "./errors.ts"

export const EXIT = { done: 0, no: 1, misuse: 2, unreachable: 3, bug: 70 } as const

export function exitCodeOf(error: unknown): number {
  if (error instanceof Misuse) return EXIT.misuse
  if (error instanceof Unreachable) return EXIT.unreachable
  return EXIT.bug
}
