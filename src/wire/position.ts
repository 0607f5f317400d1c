/**
 * Owns: the public, opaque position: how far in which lanes. Never: whether a view has got there.
 * Version 1: base64url of the version byte and, by rising lane, pairs of (lane, sequence) as LEB128 numbers.
 */

import { LANES } from "../base/limits.ts"

/** By lane, its sequence in the log; a lane that is not there is not waited for. */
export type LaneSequences = ReadonlyMap<number, number>

const VERSION = 1
const GROUP = 0x80
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
/** Above any safe integer's. */
const GROUPS_MAX = 8
const CHARS_MAX = 4 + LANES * (GROUPS_MAX + 1) * 2

export function encodePosition(sequences: LaneSequences): string {
  const bytes = [VERSION]
  for (const [lane, sequence] of [...sequences].sort(([a], [b]) => a - b)) {
    writeNumber(bytes, lane)
    writeNumber(bytes, sequence)
  }
  return base64url(bytes)
}

/** The position of one message: every receipt has one, so without a map. */
export function positionOf(lane: number, sequence: number): string {
  const bytes = [VERSION]
  writeNumber(bytes, lane)
  writeNumber(bytes, sequence)
  return base64url(bytes)
}

/** Nothing for what is no position, or one of another version. */
export function decodePosition(text: string): LaneSequences | undefined {
  if (text.length > CHARS_MAX || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  const [version, ...bytes] = Buffer.from(text, "base64url")
  const numbers = readNumbers(bytes)
  if (version !== VERSION || numbers === undefined || numbers.length % 2 !== 0) return undefined
  const sequences = new Map<number, number>()
  for (let i = 0; i < numbers.length; i += 2) {
    const lane = numbers[i]!
    if (lane >= LANES || sequences.has(lane)) return undefined
    sequences.set(lane, numbers[i + 1]!)
  }
  return sequences
}

/** Covers what each of them covers. */
export function mergePositions(...positions: readonly LaneSequences[]): LaneSequences {
  const merged = new Map<number, number>()
  for (const position of positions) {
    for (const [lane, sequence] of position) merged.set(lane, Math.max(sequence, merged.get(lane) ?? 0))
  }
  return merged
}

/** Whether whoever has got to `reached` has seen everything up to `asked`. */
export function covers(reached: LaneSequences, asked: LaneSequences): boolean {
  for (const [lane, sequence] of asked) if ((reached.get(lane) ?? 0) < sequence) return false
  return true
}

/** For so few bytes cheaper than a Buffer. */
function base64url(bytes: readonly number[]): string {
  let text = ""
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!
    if (left > 1) text += ALPHABET[(bits >> 6) & 63]!
    if (left > 2) text += ALPHABET[bits & 63]!
  }
  return text
}

function writeNumber(bytes: number[], value: number): void {
  let rest = value
  for (; rest >= GROUP; rest = Math.floor(rest / GROUP)) bytes.push((rest % GROUP) | GROUP)
  bytes.push(rest)
}

function readNumbers(bytes: readonly number[]): number[] | undefined {
  const numbers: number[] = []
  let value = 0
  let weight = 1
  for (const byte of bytes) {
    value += (byte % GROUP) * weight
    weight *= GROUP
    if (!Number.isSafeInteger(value)) return undefined
    if (byte >= GROUP) continue
    numbers.push(value)
    value = 0
    weight = 1
  }
  return weight === 1 ? numbers : undefined
}
