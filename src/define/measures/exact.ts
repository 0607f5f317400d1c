/**
 * Owns: exact sums of doubles: the same bits whatever the order of adds and merges, rounded once, when asked.
 * Never: decimals with a declared scale (decimal.ts).
 *
 * Integers stay one plain number for as long as that is exact. Anything else goes into a fixed-point number of signed
 * digits of 26 bits, as wide as the values need: digit i weighs 2^(26·i − 1074), so every double is a sum of three.
 * Digits take many additions before their carries must move on; who asks gets them gathered into one bigint.
 */

import { type Encoded, isList, unreadable } from "./measure.ts"

const DIGIT_BITS = 26
const DIGIT_BITS_BIG = 26n
const RADIX = 2 ** DIGIT_BITS
const LEAST_EXPONENT = -1074
/** An addition moves a digit by less than 2^28, and 2^53 is where doubles stop being exact. */
const CARRY_AFTER = 2 ** 24
/** Digits to begin with: three for the first value, and one below for values a little less. */
const ROOM = 1
/** Its lowest bit weighs 2^-8: the last digit whose units all integers are multiples of. */
const ONES_DIGIT = 41
const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

export class ExactSum {
  /** Of the integers, while safe. */
  #whole = 0
  #digits: Float64Array | undefined
  /** Which digit digits[0] is. */
  #base = 0
  #sinceCarry = 0

  add(value: number): void {
    const sum = this.#whole + value
    if (Number.isSafeInteger(sum) && Number.isSafeInteger(value)) this.#whole = sum
    else this.#addDigits(value)
  }

  merge(from: ExactSum): void {
    this.add(from.#whole)
    if (from.#digits === undefined) return
    this.#carryWhenDue(from.#sinceCarry)
    this.#reserve(from.#base, from.#base + from.#digits.length)
    const shift = from.#base - this.#base
    for (let i = 0; i < from.#digits.length; i++) this.#digits![i + shift]! += from.#digits[i]!
  }

  /** The double nearest to the exact sum, ties to even; beyond all doubles, the last one. */
  value(): number {
    if (this.#digits === undefined) return this.#whole
    return nearest(this.#total(), this.#exponent())
  }

  /** A safe integer as itself; else which digit comes first, then digits of one sign, no zeros at either end. */
  encode(): Encoded {
    if (this.#digits === undefined) return this.#whole
    const total = this.#total()
    return safeInteger(total, this.#exponent()) ?? encodeDigits(total, this.#base)
  }

  static decode(encoded: Encoded): ExactSum {
    const sum = new ExactSum()
    const [base, ...digits] = isList(encoded) ? encoded.map(Number) : [0]
    if (Number.isSafeInteger(encoded)) sum.#whole = Number(encoded)
    else if (digits.length === 0 || ![base, ...digits].every(Number.isSafeInteger)) throw unreadable("sum")
    else {
      sum.#base = base!
      sum.#digits = Float64Array.from(digits)
      sum.#sinceCarry = 1
    }
    return sum
  }

  #addDigits(value: number): void {
    if (value === 0) return
    this.#carryWhenDue(1)
    double[0] = value
    const high = words[HIGH]!
    const biased = (high >>> 20) & 0x7ff
    const mantissa = (biased === 0 ? 0 : 0x100000) + (high & 0xfffff)
    // Where the mantissa's lowest bit stands above 2^-1074; subnormals stand where the least normals do.
    const bit = biased === 0 ? 0 : biased - 1
    const at = (bit / DIGIT_BITS) | 0
    const scale = (value < 0 ? -1 : 1) * (1 << (bit - at * DIGIT_BITS))
    if (this.#digits === undefined || at < this.#base || at + 3 > this.#base + this.#digits.length) {
      this.#reserve(Math.max(0, at - ROOM), at + 3)
    }
    // 53 bits as 27 and 26: each, moved up by less than a digit, stays exact.
    const lower = (words[LOW]! & (RADIX - 1)) * scale
    const upper = (mantissa * 64 + (words[LOW]! >>> DIGIT_BITS)) * scale
    const lowerCarry = Math.trunc(lower / RADIX)
    const upperCarry = Math.trunc(upper / RADIX)
    const digits = this.#digits!
    const i = at - this.#base
    digits[i]! += lower - lowerCarry * RADIX
    digits[i + 1]! += lowerCarry + (upper - upperCarry * RADIX)
    digits[i + 2]! += upperCarry
  }

  #reserve(from: number, to: number): void {
    const digits = this.#digits
    const low = digits === undefined ? from : Math.min(from, this.#base)
    const high = digits === undefined ? to : Math.max(to, this.#base + digits.length)
    if (digits !== undefined && high - low === digits.length) return
    const wider = new Float64Array(high - low)
    if (digits !== undefined) wider.set(digits, this.#base - low)
    this.#base = low
    this.#digits = wider
  }

  #carryWhenDue(additions: number): void {
    this.#sinceCarry += additions
    if (this.#sinceCarry < CARRY_AFTER || this.#digits === undefined) return
    let carry = 0
    for (let i = 0; i < this.#digits.length || carry !== 0; i++) {
      if (i === this.#digits.length) this.#reserve(this.#base, this.#base + i + 1)
      const sum = this.#digits[i]! + carry
      carry = Math.trunc(sum / RADIX)
      this.#digits[i] = sum - carry * RADIX
    }
    this.#sinceCarry = additions + 1
  }

  /** The sum in units of 2^exponent, which is low enough for the integers' ones. */
  #total(): bigint {
    this.#reserve(Math.min(this.#base, ONES_DIGIT), this.#base + this.#digits!.length)
    let total = 0n
    for (let i = this.#digits!.length - 1; i >= 0; i--) {
      total = (total << DIGIT_BITS_BIG) + BigInt(this.#digits![i]!)
    }
    return total + scaled(BigInt(this.#whole), -this.#exponent())
  }

  #exponent(): number {
    return this.#base * DIGIT_BITS + LEAST_EXPONENT
  }
}

const scaled = (value: bigint, bits: number): bigint => (bits >= 0 ? value << BigInt(bits) : value >> BigInt(-bits))

function nearest(total: bigint, exponent: number): number {
  const size = total < 0n ? -total : total
  const spare = Math.max(0, size.toString(16).length * 4 - 64)
  const kept = size >> BigInt(spare)
  const rest = kept << BigInt(spare) === size ? 0n : 1n
  const value = Number(kept | rest) * 2 ** (exponent + spare)
  return (total < 0n ? -1 : 1) * Math.min(value, Number.MAX_VALUE) + 0
}

function safeInteger(total: bigint, exponent: number): number | undefined {
  const whole = scaled(total, exponent)
  const exact = exponent >= 0 || scaled(whole, -exponent) === total
  return exact && whole <= SAFE && whole >= -SAFE ? Number(whole) : undefined
}

function encodeDigits(total: bigint, base: number): Encoded {
  const sign = total < 0n ? -1 : 1
  const digits: number[] = []
  for (let rest = total < 0n ? -total : total; rest > 0n; rest >>= DIGIT_BITS_BIG) {
    digits.push(sign * Number(BigInt.asUintN(DIGIT_BITS, rest)) + 0)
  }
  const first = digits.findIndex((digit) => digit !== 0)
  return [base + first, ...digits.slice(first)]
}
