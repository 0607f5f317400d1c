/** Owns: unsigned varints (LEB128, to 2^53) in growing bytes. Never: what they mean. */

import { unreadable } from "./measure.ts"

const FIRST_BYTES = 64

export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #length = 0

  byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const wider = new Uint8Array(this.#length * 2)
      wider.set(this.#bytes)
      this.#bytes = wider
    }
    this.#bytes[this.#length++] = value
  }

  varint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.byte((rest % 0x80) + 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #kind: string
  #at: number

  constructor(bytes: Uint8Array, from: number, kind: string) {
    this.#bytes = bytes
    this.#at = from
    this.#kind = kind
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): number {
    let value = 0
    for (let weight = 1; ; weight *= 0x80) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined || weight > Number.MAX_SAFE_INTEGER) throw unreadable(this.#kind)
      value += (byte & 0x7f) * weight
      if (byte < 0x80) return value
    }
  }
}
