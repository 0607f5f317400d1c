/**
 * Owns: reading MessagePack that strangers wrote: bounded, strict, into plain JSON-like values.
 * Never: extension types, or trusting a length: no array or map is made larger than the bytes that are left.
 *
 * Our own reader rather than a library's, because a library makes what a length announces before it looks whether the
 * bytes are there, and knows extensions that construct objects.
 */

import { NESTING_MAX } from "../base/limits.ts"

/** The bytes are not what they should be. Thrown within wire/ only; its public functions answer with the reason. */
export class Malformed extends Error {
  override readonly name = "Malformed"
}

/** Up to here V8 copies a substring; a longer one would keep the whole message alive for as long as itself. */
const SHORT_STRING = 12
const NIL = 0xc0

export class Unpacker {
  #bytes: Buffer = Buffer.alloc(0)
  #view = new DataView(this.#bytes.buffer)
  #characters: string | undefined
  #at = 0
  #end = 0
  #depth = 0

  start(bytes: Uint8Array): void {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = 0
    this.#end = bytes.byteLength
    this.#depth = 0
    this.#characters = undefined
  }

  get left(): number {
    return this.#end - this.#at
  }

  /** Everything must have been read. */
  finish(): void {
    if (this.#at !== this.#end) throw new Malformed(`${this.left} bytes are left over`)
    this.#characters = undefined
  }

  /** The length of an array that must be here. */
  arrayLength(): number {
    const tag = this.#byte()
    if (tag >= 0x90 && tag <= 0x9f) return this.#fitting(tag & 0x0f)
    if (tag === 0xdc) return this.#fitting(this.#uint(2))
    if (tag === 0xdd) return this.#fitting(this.#uint(4))
    throw new Malformed(`expected an array at byte ${this.#at - 1}`)
  }

  /** A string that must be here. */
  string(): string {
    const tag = this.#byte()
    if (tag >= 0xa0 && tag <= 0xbf) return this.#text(tag & 0x1f)
    if (tag === 0xd9) return this.#text(this.#uint(1))
    if (tag === 0xda) return this.#text(this.#uint(2))
    if (tag === 0xdb) return this.#text(this.#uint(4))
    throw new Malformed(`expected a string at byte ${this.#at - 1}`)
  }

  expectArray(length: number): void {
    const found = this.arrayLength()
    if (found !== length) throw new Malformed(`expected an array of ${length} elements, found ${found}`)
  }

  /** A number that must be here. */
  number(): number {
    const at = this.#at
    const value = this.value()
    if (typeof value !== "number") throw new Malformed(`expected a number at byte ${at}`)
    return value
  }

  /** Bytes that must be here. */
  bytes(): Uint8Array {
    const at = this.#at
    const value = this.value()
    if (!(value instanceof Uint8Array)) throw new Malformed(`expected bytes at byte ${at}`)
    return value
  }

  boolean(): boolean {
    const at = this.#at
    const value = this.value()
    if (typeof value !== "boolean") throw new Malformed(`expected a boolean at byte ${at}`)
    return value
  }

  nullOr<T>(read: () => T): T | null {
    if (this.#bytes[this.#at] !== NIL) return read()
    this.#at++
    return null
  }

  value(): unknown {
    const tag = this.#byte()
    if (tag < 0x80) return tag
    if (tag < 0x90) return this.#map(tag & 0x0f)
    if (tag < 0xa0) return this.#array(tag & 0x0f)
    if (tag < 0xc0) return this.#text(tag & 0x1f)
    if (tag >= 0xe0) return tag - 0x100
    return this.#marked(tag)
  }

  #marked(tag: number): unknown {
    switch (tag) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
        return this.#binary(this.#uint(1))
      case 0xc5:
        return this.#binary(this.#uint(2))
      case 0xc6:
        return this.#binary(this.#uint(4))
      case 0xca:
        return this.#view.getFloat32(this.#take(4))
      case 0xcb:
        return this.#view.getFloat64(this.#take(8))
      case 0xcc:
        return this.#uint(1)
      case 0xcd:
        return this.#uint(2)
      case 0xce:
        return this.#uint(4)
      case 0xcf:
        return narrowed(this.#view.getBigUint64(this.#take(8)))
      case 0xd0:
        return this.#view.getInt8(this.#take(1))
      case 0xd1:
        return this.#view.getInt16(this.#take(2))
      case 0xd2:
        return this.#view.getInt32(this.#take(4))
      case 0xd3:
        return narrowed(this.#view.getBigInt64(this.#take(8)))
      case 0xd9:
        return this.#text(this.#uint(1))
      case 0xda:
        return this.#text(this.#uint(2))
      case 0xdb:
        return this.#text(this.#uint(4))
      case 0xdc:
        return this.#array(this.#uint(2))
      case 0xdd:
        return this.#array(this.#uint(4))
      case 0xde:
        return this.#map(this.#uint(2))
      case 0xdf:
        return this.#map(this.#uint(4))
      default:
        throw new Malformed(`byte ${this.#at - 1} is an extension type, which is not taken`)
    }
  }

  #array(length: number): unknown[] {
    this.#fitting(length)
    this.#deeper()
    const made: unknown[] = []
    for (let i = 0; i < length; i++) made.push(this.value())
    this.#depth--
    return made
  }

  #map(size: number): object {
    this.#fitting(size * 2)
    this.#deeper()
    const made: Record<string, unknown> = {}
    for (let i = 0; i < size; i++) {
      setOwn(made, this.string(), this.value())
    }
    this.#depth--
    return made
  }

  #deeper(): void {
    if (++this.#depth > NESTING_MAX) throw new Malformed(`nested deeper than ${NESTING_MAX}`)
  }

  /** Every element takes a byte at least, so more elements than bytes cannot be. */
  #fitting(length: number): number {
    if (length > this.#end - this.#at) throw new Malformed(`${length} elements are announced, ${this.left} bytes left`)
    return length
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new Malformed("the bytes end too early")
    return this.#bytes[this.#at++]!
  }

  #uint(width: 1 | 2 | 4): number {
    const at = this.#take(width)
    if (width === 1) return this.#bytes[at]!
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }

  /** Steps over so many bytes and answers where they begin. */
  #take(length: number): number {
    const at = this.#at
    if (length > this.#end - at) throw new Malformed("the bytes end too early")
    this.#at = at + length
    return at
  }

  /** A copy: what was read must not keep the whole message alive. */
  #binary(length: number): Uint8Array {
    const at = this.#take(length)
    return new Uint8Array(this.#bytes.subarray(at, at + length))
  }

  #text(length: number): string {
    const at = this.#take(length)
    if (length > SHORT_STRING) return this.#bytes.toString("utf8", at, at + length)
    let units = 0
    for (let i = at; i < at + length; i++) units |= this.#bytes[i]!
    return units > 0x7f ? this.#bytes.toString("utf8", at, at + length) : this.#latin().substring(at, at + length)
  }

  /** All of the bytes as characters: cutting short strings out of it is three times as fast as asking for each. */
  #latin(): string {
    this.#characters ??= this.#bytes.toString("latin1")
    return this.#characters
  }
}

/** A number where it is exact, as JSON would have it. */
function narrowed(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** A plain assignment to `__proto__` would set the prototype. */
export function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") object[name] = value
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}

const unpacker = new Unpacker()

export type Unpacked =
  | { readonly tag: "value"; readonly value: unknown }
  | { readonly tag: "bad"; readonly reason: string }

/** One MessagePack value, all of the bytes. Never throws on bad ones. */
export function unpack(bytes: Uint8Array): Unpacked {
  try {
    unpacker.start(bytes)
    const value = unpacker.value()
    unpacker.finish()
    return { tag: "value", value }
  } catch (error) {
    if (error instanceof Malformed) return { tag: "bad", reason: error.message }
    throw error
  }
}
