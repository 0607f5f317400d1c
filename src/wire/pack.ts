/**
 * Owns: writing JSON-like values as MessagePack into one growing buffer.
 * Never: extension types. What JSON leaves out (undefined, in objects) is left out; what has toJSON is asked for it.
 */

import { NESTING_MAX } from "../base/limits.ts"

/** The value has no place in JSON: a function, a symbol, a loop. Thrown within wire/ and client/ only. */
export class Unpackable extends Error {
  override readonly name = "Unpackable"
}

/** Up to here characters are written one by one; beyond, a native call is cheaper. */
const SHORT_STRING = 40
const UINT32 = 0x1_0000_0000
const INT32 = 0x8000_0000

export class Packer {
  #bytes: Buffer
  #view: DataView
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get length(): number {
    return this.#at
  }

  /** What was written since `length` was that is gone. */
  backTo(length: number): void {
    this.#at = length
  }

  /** The bytes so far; valid until the next write. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  /** The buffer itself, to be used again. */
  get buffer(): Buffer {
    return this.#bytes
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  arrayHeader(length: number): void {
    this.#header(length, 0x90, 0x0f, 0xdc, 0xdd)
  }

  nil(): void {
    this.#room(1)
    this.#bytes[this.#at++] = 0xc0
  }

  number(value: number): void {
    this.#room(9)
    const bytes = this.#bytes
    if ((value | 0) === value && !Object.is(value, -0)) this.#integer(value)
    else if (value >= INT32 && value < UINT32 && value >>> 0 === value) {
      bytes[this.#at] = 0xce
      this.#view.setUint32(this.#at + 1, value)
      this.#at += 5
    } else {
      bytes[this.#at] = 0xcb
      this.#view.setFloat64(this.#at + 1, value)
      this.#at += 9
    }
  }

  string(text: string): void {
    if (text.length <= SHORT_STRING) this.#shortString(text)
    else this.#longString(text)
  }

  value(value: unknown, depth = 0): void {
    switch (typeof value) {
      case "string":
        this.string(value)
        return
      case "number":
        this.number(value)
        return
      case "boolean":
        this.#room(1)
        this.#bytes[this.#at++] = value ? 0xc3 : 0xc2
        return
      case "undefined":
        this.nil()
        return
      case "object":
        this.#object(value, depth)
        return
      case "bigint":
        this.#bigint(value)
        return
      default:
        throw new Unpackable(`a ${typeof value} has no place in an event`)
    }
  }

  #object(value: object | null, depth: number): void {
    if (value === null) {
      this.nil()
      return
    }
    if (depth >= NESTING_MAX) throw new Unpackable(`nested deeper than ${NESTING_MAX}, or in a loop`)
    if (Array.isArray(value)) this.#array(value, depth)
    else if (value instanceof Uint8Array) this.#binary(value)
    else if ("toJSON" in value && typeof value.toJSON === "function") this.value(value.toJSON(), depth + 1)
    else this.#map(value, depth)
  }

  #array(values: readonly unknown[], depth: number): void {
    this.arrayHeader(values.length)
    for (const value of values) this.value(value, depth + 1)
  }

  #map(object: object, depth: number): void {
    const present = Object.entries(object).filter(([, value]) => value !== undefined)
    this.#header(present.length, 0x80, 0x0f, 0xde, 0xdf)
    for (const [name, value] of present) {
      this.string(name)
      this.value(value, depth + 1)
    }
  }

  #integer(value: number): void {
    const bytes = this.#bytes
    const at = this.#at
    if (value >= 0) {
      if (value < 0x80) {
        bytes[at] = value
        this.#at = at + 1
      } else if (value < 0x100) {
        bytes[at] = 0xcc
        bytes[at + 1] = value
        this.#at = at + 2
      } else if (value < 0x1_0000) {
        bytes[at] = 0xcd
        bytes[at + 1] = value >> 8
        bytes[at + 2] = value
        this.#at = at + 3
      } else {
        bytes[at] = 0xce
        this.#view.setUint32(at + 1, value)
        this.#at = at + 5
      }
    } else if (value >= -0x20) {
      bytes[at] = value + 0x100
      this.#at = at + 1
    } else {
      bytes[at] = 0xd2
      this.#view.setInt32(at + 1, value)
      this.#at = at + 5
    }
  }

  #bigint(value: bigint): void {
    this.#room(9)
    if (BigInt.asUintN(64, value) === value) {
      this.#bytes[this.#at] = 0xcf
      this.#view.setBigUint64(this.#at + 1, value)
    } else if (BigInt.asIntN(64, value) === value) {
      this.#bytes[this.#at] = 0xd3
      this.#view.setBigInt64(this.#at + 1, value)
    } else throw new Unpackable("an integer of more than 64 bits has no place in an event")
    this.#at += 9
  }

  #binary(value: Uint8Array): void {
    this.#header(value.length, 0, -1, 0xc5, 0xc6)
    this.raw(value)
  }

  #shortString(text: string): void {
    const length = text.length
    this.#room(length + 2)
    const bytes = this.#bytes
    let at = this.#at
    if (length < 0x20) bytes[at++] = 0xa0 | length
    else {
      bytes[at++] = 0xd9
      bytes[at++] = length
    }
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) {
        this.#longString(text)
        return
      }
      bytes[at++] = unit
    }
    this.#at = at
  }

  #longString(text: string): void {
    const length = Buffer.byteLength(text)
    this.#room(length + 5)
    if (length < 0x20) this.#bytes[this.#at++] = 0xa0 | length
    else if (length < 0x100) {
      this.#bytes[this.#at++] = 0xd9
      this.#bytes[this.#at++] = length
    } else this.#header(length, 0, -1, 0xda, 0xdb)
    this.#at += this.#bytes.write(text, this.#at, length, "utf8")
  }

  /** A length, in its shortest of three forms; `smallMax` −1: without the first. */
  #header(length: number, small: number, smallMax: number, two: number, four: number): void {
    this.#room(5)
    if (length <= smallMax) this.#bytes[this.#at++] = small | length
    else if (length < 0x1_0000) {
      this.#bytes[this.#at] = two
      this.#view.setUint16(this.#at + 1, length)
      this.#at += 3
    } else {
      this.#bytes[this.#at] = four
      this.#view.setUint32(this.#at + 1, length)
      this.#at += 5
    }
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + length))
    larger.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength)
  }
}

/** One value as MessagePack. Throws Unpackable. */
export function pack(value: unknown): Uint8Array {
  const packer = new Packer(Buffer.allocUnsafe(256))
  packer.value(value)
  return packer.written
}
