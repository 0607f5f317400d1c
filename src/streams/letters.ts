/**
 * Owns: the messages of `dead.<g>.<shard>` and `late.<g>.<shard>`: the letters of one frame, for people to find.
 * Never: which of them are outstanding (the shard's state says that).
 *
 * Each message names the frame whose letters it holds, so the last one tells where a runner that takes over goes on.
 * Wire version 1: MessagePack [1, frame number, its outbox sequence, letters so far, [late, dead]].
 */

import { Packer } from "../wire/pack.ts"
import { Malformed, Unpacker } from "../wire/unpack.ts"
import { readLetters } from "./frame.read.ts"
import type { Counts, Letters } from "./frame.ts"
import { packLetters } from "./frame.ts"

export const LETTERS_WIRE = 1

export interface LetterMessage {
  /** Of the frame. */
  readonly n: number
  /** Where the frame stands in the outbox. */
  readonly sequence: number
  /** What the frame's counts said of letters of this kind. */
  readonly total: number
  /** Of one kind; the other list is empty. */
  readonly letters: Letters
}

export const LETTER_KINDS = ["dead", "late"] as const
export type LetterKind = (typeof LETTER_KINDS)[number]

/** Rises with every frame that has letters of the kind, and with no other. */
export function totalOf(kind: LetterKind, counts: Counts): number {
  return kind === "late" ? counts.late : counts.dead + counts.rejected
}

/** Nothing if there are none of this kind. */
export function onlyOf(kind: LetterKind, { late, dead }: Letters): Letters | undefined {
  const only = kind === "late" ? { late, dead: [] } : { late: [], dead }
  return only.late.length + only.dead.length === 0 ? undefined : only
}

/** The bytes are the message's own. */
export function encodeLetterMessage({ n, sequence, total, letters }: LetterMessage): Uint8Array {
  const packer = new Packer(Buffer.allocUnsafe(4_096))
  packer.arrayHeader(5)
  packer.number(LETTERS_WIRE)
  packer.number(n)
  packer.number(sequence)
  packer.number(total)
  packLetters(packer, letters)
  return packer.written
}

export function decodeLetterMessage(bytes: Uint8Array): LetterMessage {
  const unpacker = new Unpacker()
  unpacker.start(bytes)
  unpacker.expectArray(5)
  const wire = unpacker.number()
  if (wire !== LETTERS_WIRE) throw new Malformed(`letters of wire version ${wire}; this build reads ${LETTERS_WIRE}`)
  const [n, sequence, total] = [unpacker.number(), unpacker.number(), unpacker.number()]
  const letters = readLetters(unpacker)
  unpacker.finish()
  return { n, sequence, total, letters }
}
