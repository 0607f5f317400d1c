/**
 * Owns: one stream in memory with a server's rules: transform, limits, fence, repeats, trims, age. Synchronous; the
 * time is passed in. Never: waiting, or sharing a body that somebody may still write to.
 */

import { assert } from "../../base/assert.ts"
import { type Appended, LogFull, LogRefused, type Outgoing, type Stored, type StreamBounds, WrongLast } from "../log.ts"
import type { StreamDeclaration } from "../topology.ts"
import { Sequences } from "./sequences.ts"
import { isLiteral, matches, transformer } from "./subjects.ts"

/** In which order a server looks: one copy compares the fence first, a replicated stream the id (NATS.md). */
export type CheckOrder = "fence first" | "id first"

const ID_HEADER = "Nats-Msg-Id"
const FENCE_HEADER = "Nats-Expected-Last-Subject-Sequence"

export class MemoryStream {
  readonly declaration: StreamDeclaration
  readonly #transform: (subject: string) => string
  readonly #order: CheckOrder
  /** By sequence, oldest first. */
  readonly #messages = new Map<number, Stored>()
  readonly #bySubject = new Map<string, Sequences>()
  readonly #ids = new Map<string, { readonly sequence: number; readonly at: number }>()
  #first = 1
  #last = 0
  #bytes = 0
  #open = true

  constructor(declaration: StreamDeclaration, order: CheckOrder) {
    this.declaration = declaration
    this.#order = order
    this.#transform = declaration.transform === undefined ? (subject) => subject : transformer(declaration.transform)
  }

  takes(subject: string): boolean {
    return this.declaration.subjects.some((filter) => matches(filter, subject))
  }

  /** As the disk guard does it: a closed stream is a full one. */
  setOpen(open: boolean): void {
    this.#open = open
  }

  append(message: Outgoing, now: number): { readonly appended: Appended; readonly stored: Stored | undefined } {
    this.#expire(now)
    const operation = `append to ${message.subject}`
    const subject = this.#transform(message.subject)
    const headers = headersOf(message)
    const size = sizeOf(subject, headers, message.body)
    this.#checkSize(operation, headersSize(headers) + message.body.length)
    if (this.#order === "fence first") this.#checkFence(operation, subject, message.expectLast)
    const repeat = message.id === undefined ? undefined : this.#ids.get(message.id)
    if (repeat !== undefined) return { appended: this.#appended(repeat.sequence, true), stored: undefined }
    if (this.#order === "id first") this.#checkFence(operation, subject, message.expectLast)
    this.#checkRoom(operation, subject, size)
    const sequence = ++this.#last
    const stored = { sequence, subject, arrivedAt: now, headers, body: message.body.slice() }
    this.#keep(stored, size)
    if (message.id !== undefined) this.#ids.set(message.id, { sequence, at: now })
    return { appended: this.#appended(sequence, false), stored }
  }

  get(sequence: number, now: number): Stored | undefined {
    this.#expire(now)
    return this.#messages.get(sequence)
  }

  lastOf(filter: string, now: number): Stored | undefined {
    this.#expire(now)
    const lasts = isLiteral(filter)
      ? [this.#bySubject.get(filter)?.last() ?? 0]
      : [...this.#bySubject].map(([subject, sequences]) => (matches(filter, subject) ? (sequences.last() ?? 0) : 0))
    return this.#messages.get(lasts.reduce((a, b) => Math.max(a, b), 0))
  }

  /** At most `max` messages from a sequence on, and up to where that has looked. */
  read(from: number, filter: string | undefined, max: number, now: number): { found: Stored[]; upto: number } {
    this.#expire(now)
    if (filter !== undefined && isLiteral(filter)) return this.#readSubject(from, filter, max)
    const found: Stored[] = []
    let sequence = Math.max(from, this.#first)
    for (; sequence <= this.#last && found.length < max; sequence++) {
      const message = this.#messages.get(sequence)
      if (message !== undefined && (filter === undefined || matches(filter, message.subject))) found.push(message)
    }
    return { found, upto: Math.max(sequence - 1, from - 1) }
  }

  bounds(now: number): StreamBounds {
    this.#expire(now)
    return { first: this.#first, last: this.#last, messages: this.#messages.size, bytes: this.#bytes }
  }

  trim(below: number, subject: string | undefined, now: number): void {
    if (this.declaration.denyPurge) {
      throw new LogRefused({ operation: `trim ${this.declaration.name}`, reason: "this stream is never trimmed" })
    }
    this.#expire(now)
    if (subject === undefined) this.#trimAll(below)
    else this.#trimSubject(below, subject)
    this.#settleFirst()
  }

  #trimAll(below: number): void {
    for (const sequence of this.#messages.keys()) {
      if (sequence >= below) break
      this.#drop(sequence)
    }
  }

  #trimSubject(below: number, subject: string): void {
    const sequences = this.#bySubject.get(subject)
    for (let first = sequences?.first(); first !== undefined && first < below; first = sequences?.first()) {
      this.#drop(first)
    }
  }

  #readSubject(from: number, subject: string, max: number): { found: Stored[]; upto: number } {
    const sequences = this.#bySubject.get(subject)?.from(from, max) ?? []
    const found = sequences.map((sequence) => this.#messages.get(sequence)!)
    const upto = found.length === max ? found.at(-1)!.sequence : this.#last
    return { found, upto: Math.max(upto, from - 1) }
  }

  #checkSize(operation: string, bytes: number): void {
    if (bytes <= this.declaration.maxMessageBytes) return
    throw new LogRefused({
      operation,
      reason: `${bytes} bytes, and ${this.declaration.name} takes messages up to ${this.declaration.maxMessageBytes}`,
    })
  }

  #checkFence(operation: string, subject: string, expectLast: number | undefined): void {
    const last = this.#bySubject.get(subject)?.last() ?? 0
    if (expectLast === undefined || expectLast === last) return
    throw new WrongLast({ operation, reason: `expected ${expectLast} to be the last of ${subject}, it is ${last}` })
  }

  #checkRoom(operation: string, subject: string, size: number): void {
    const { name, maxBytes, maxMessages = Number.POSITIVE_INFINITY, maxPerSubject } = this.declaration
    const replaces = maxPerSubject !== undefined && (this.#bySubject.get(subject)?.count() ?? 0) >= maxPerSubject
    if (this.#open && this.#bytes + size <= maxBytes && (replaces || this.#messages.size < maxMessages)) return
    throw new LogFull({ operation, reason: this.#open ? `${name} is at its limit` : `${name} is closed` })
  }

  #keep(stored: Stored, size: number): void {
    this.#messages.set(stored.sequence, stored)
    this.#bytes += size
    const sequences = this.#bySubject.get(stored.subject) ?? new Sequences()
    this.#bySubject.set(stored.subject, sequences)
    sequences.push(stored.sequence)
    const { maxPerSubject = Number.POSITIVE_INFINITY } = this.declaration
    while (sequences.count() > maxPerSubject) this.#drop(sequences.first()!)
    this.#settleFirst()
  }

  #drop(sequence: number): void {
    const message = this.#messages.get(sequence)!
    this.#messages.delete(sequence)
    this.#bytes -= sizeOf(message.subject, message.headers, message.body)
    const sequences = this.#bySubject.get(message.subject)!
    assert(sequences.first() === sequence, "messages of a subject go oldest first")
    sequences.shift()
    if (sequences.count() === 0) this.#bySubject.delete(message.subject)
  }

  #settleFirst(): void {
    for (const sequence of this.#messages.keys()) {
      this.#first = sequence
      return
    }
    this.#first = this.#last + 1
  }

  #expire(now: number): void {
    for (const [id, { at }] of this.#ids) {
      if (at + this.declaration.duplicateWindowMs > now) break
      this.#ids.delete(id)
    }
    const { maxAgeMs } = this.declaration
    if (maxAgeMs === undefined) return
    for (const message of this.#messages.values()) {
      if (message.arrivedAt + maxAgeMs > now) break
      this.#drop(message.sequence)
    }
    this.#settleFirst()
  }

  #appended(sequence: number, duplicate: boolean): Appended {
    return { stream: this.declaration.name, sequence, duplicate }
  }
}

function headersOf({ headers, id, expectLast }: Outgoing): Stored["headers"] {
  return {
    ...headers,
    ...(id === undefined ? {} : { [ID_HEADER]: id }),
    ...(expectLast === undefined ? {} : { [FENCE_HEADER]: String(expectLast) }),
  }
}

/** As the wire has them: a version line, `name: value` lines, an empty line. */
function headersSize(headers: Stored["headers"]): number {
  const lines = Object.entries(headers)
  if (lines.length === 0) return 0
  return lines.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 4, 12 + 2)
}

/** What a server's file store counts for a message. */
function sizeOf(subject: string, headers: Stored["headers"], body: Uint8Array): number {
  const head = headersSize(headers)
  return 30 + Buffer.byteLength(subject) + (head === 0 ? 0 : head + 4) + body.length
}
