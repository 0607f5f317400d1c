/**
 * Owns: counting distinct values: a HyperLogLog of 4096 registers (about 1.6 % standard error).
 * Never: remembering the values.
 *
 * A value is one integer: its register's index and rank. Up to 32 registers are a list, up to 384 a hash table, then
 * all 4096 are kept: the form is a function of how many registers are set, so of the values alone, in any order.
 * The estimate is Ertl's (2017), right from zero to billions without tables of corrections.
 * The hash is part of the wire format: states written by one version merge with those of the next.
 */

import { type Encoded, type MeasureType, unfit, unreadable } from "./measure.ts"
import { ByteReader, ByteWriter } from "./varint.ts"

const INDEX_BITS = 12
const REGISTERS = 1 << INDEX_BITS
const RANK_BITS = 6
const RANK_MASK = (1 << RANK_BITS) - 1
/** Of the 52 bits of the hash that are not the index: their leading zeros, and one. */
const RANK_MAX = 64 - INDEX_BITS + 1
const LIST_MAX = 32
const TABLE_MAX = 384
const ALPHA = 0.5 / Math.LN2
const SPARSE = 1
const DENSE = 2

/** index << 6 | rank, of a 64-bit hash made of two 32-bit ones that go over the text at once. */
export function registerOf(text: string): number {
  let a = 0x9e3779b9
  let b = 0x85ebca6b
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x9e3779b1)
    a = (a << 15) | (a >>> 17)
    b = Math.imul(b ^ unit, 0x5f356495)
    b = (b << 13) | (b >>> 19)
  }
  a = Math.imul(a ^ (a >>> 16) ^ text.length, 0x85ebca6b)
  b = Math.imul(b ^ (b >>> 15), 0xc2b2ae35)
  a ^= (b >>> 16) ^ Math.imul(b, 0x27d4eb2f)
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  a ^= a >>> 16
  b ^= Math.imul(a, 0x165667b1)
  b = Math.imul(b ^ (b >>> 13), 0x27d4eb2f)
  b ^= b >>> 16
  const index = a >>> (32 - INDEX_BITS)
  const rest = (a << INDEX_BITS) | (b >>> (32 - INDEX_BITS))
  const rank = rest === 0 ? 33 + Math.min(Math.clz32(b << INDEX_BITS), 32 - INDEX_BITS) : Math.clz32(rest) + 1
  return (index << RANK_BITS) | rank
}

export class Hll {
  /** Registers set, while they are a list: unsorted. */
  #list: number[] | undefined = []
  /** Open addressing by index; 0 is a free slot, since no rank is 0. */
  #table: Uint32Array | undefined
  #dense: Uint8Array | undefined
  #set = 0

  add(register: number): void {
    if (this.#dense !== undefined) this.#addDense(this.#dense, register)
    else if (this.#table !== undefined) this.#addTable(this.#table, register)
    else this.#addList(this.#list!, register)
  }

  merge(from: Hll): void {
    const registers = from.#list ?? from.#table
    if (registers !== undefined) {
      for (let i = 0; i < registers.length; i++) if (registers[i] !== 0) this.add(registers[i]!)
      return
    }
    const theirs = from.#dense!
    const mine = this.#toDense()
    let set = 0
    for (let i = 0; i < REGISTERS; i++) {
      if (theirs[i]! > mine[i]!) mine[i] = theirs[i]!
      if (mine[i] !== 0) set++
    }
    this.#set = set
  }

  estimate(): number {
    const ranks = new Uint32Array(RANK_MAX + 1)
    ranks[0] = REGISTERS
    this.#each((_index, rank) => {
      ranks[rank]!++
      ranks[0]!--
    })
    return Math.round(ertl(ranks))
  }

  /** Sparse: the set registers, sorted, as gaps. Dense: every rank, six bits each. */
  encode(): Uint8Array {
    return this.#dense === undefined ? this.#encodeSparse() : encodeDense(this.#dense)
  }

  static decode(encoded: Encoded): Hll {
    const hll = new Hll()
    if (!(encoded instanceof Uint8Array)) throw unreadable("distinct")
    if (encoded[0] === DENSE && encoded.length === DENSE_BYTES) decodeDense(encoded, (register) => hll.add(register))
    else if (encoded[0] === SPARSE) decodeSparse(encoded, (register) => hll.add(register))
    else throw unreadable("distinct")
    return hll
  }

  #addList(list: number[], register: number): void {
    const index = register >>> RANK_BITS
    for (let i = 0; i < list.length; i++) {
      const held = list[i]!
      if (held >>> RANK_BITS !== index) continue
      if (register > held) list[i] = register
      return
    }
    list.push(register)
    this.#set = list.length
    if (list.length > LIST_MAX) this.#retable(LIST_MAX * 4)
  }

  #addTable(table: Uint32Array, register: number): void {
    const index = register >>> RANK_BITS
    const mask = table.length - 1
    let slot = Math.imul(index, 0x9e3779b1) >>> 16
    for (;;) {
      slot &= mask
      const held = table[slot]!
      if (held === 0) break
      if (held >>> RANK_BITS === index) {
        if (register > held) table[slot] = register
        return
      }
      slot++
    }
    table[slot] = register
    this.#set++
    if (this.#set > TABLE_MAX) this.#toDense()
    else if (this.#set * 4 > table.length * 3) this.#retable(table.length * 2)
  }

  #addDense(dense: Uint8Array, register: number): void {
    const index = register >>> RANK_BITS
    const rank = register & RANK_MASK
    const held = dense[index]!
    if (rank <= held) return
    dense[index] = rank
    if (held === 0) this.#set++
  }

  #retable(slots: number): void {
    const old = this.#list ?? this.#table!
    const table = new Uint32Array(slots)
    this.#list = undefined
    this.#table = table
    this.#set = 0
    for (let i = 0; i < old.length; i++) if (old[i] !== 0) this.#addTable(table, old[i]!)
  }

  #toDense(): Uint8Array {
    if (this.#dense !== undefined) return this.#dense
    const dense = new Uint8Array(REGISTERS)
    this.#each((index, rank) => {
      dense[index] = rank
    })
    this.#list = undefined
    this.#table = undefined
    this.#dense = dense
    return dense
  }

  #each(visit: (index: number, rank: number) => void): void {
    const registers = this.#list ?? this.#table
    if (registers === undefined) {
      for (let i = 0; i < REGISTERS; i++) if (this.#dense![i] !== 0) visit(i, this.#dense![i]!)
      return
    }
    for (let i = 0; i < registers.length; i++) {
      if (registers[i] !== 0) visit(registers[i]! >>> RANK_BITS, registers[i]! & RANK_MASK)
    }
  }

  #encodeSparse(): Uint8Array {
    const registers: number[] = []
    this.#each((index, rank) => registers.push((index << RANK_BITS) | rank))
    registers.sort((a, b) => a - b)
    const bytes = new ByteWriter()
    bytes.byte(SPARSE)
    let before = 0
    for (const register of registers) {
      bytes.varint(register - before)
      before = register
    }
    return bytes.take()
  }
}

const DENSE_BYTES = 1 + (REGISTERS * RANK_BITS) / 8

function encodeDense(dense: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DENSE_BYTES)
  bytes[0] = DENSE
  for (let i = 0, at = 1; i < REGISTERS; i += 4, at += 3) {
    const four = (dense[i]! << 18) | (dense[i + 1]! << 12) | (dense[i + 2]! << 6) | dense[i + 3]!
    bytes[at] = four >>> 16
    bytes[at + 1] = four >>> 8
    bytes[at + 2] = four
  }
  return bytes
}

function decodeDense(bytes: Uint8Array, visit: (register: number) => void): void {
  for (let i = 0, at = 1; i < REGISTERS; i += 4, at += 3) {
    const four = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
    for (let j = 0; j < 4; j++) {
      const rank = (four >>> (18 - 6 * j)) & RANK_MASK
      if (rank !== 0) visit(((i + j) << RANK_BITS) | rank)
    }
  }
}

function decodeSparse(bytes: Uint8Array, visit: (register: number) => void): void {
  const reader = new ByteReader(bytes, 1, "distinct")
  let register = 0
  while (!reader.done) {
    register += reader.varint()
    if (register >= REGISTERS << RANK_BITS || (register & RANK_MASK) === 0) throw unreadable("distinct")
    visit(register)
  }
}

/** From how many registers have each rank. */
function ertl(ranks: Uint32Array): number {
  let z = REGISTERS * tau((REGISTERS - ranks[RANK_MAX]!) / REGISTERS)
  for (let rank = RANK_MAX - 1; rank >= 1; rank--) z = 0.5 * (z + ranks[rank]!)
  z += REGISTERS * sigma(ranks[0]! / REGISTERS)
  return (ALPHA * REGISTERS * REGISTERS) / z
}

function sigma(unset: number): number {
  if (unset === 1) return Number.POSITIVE_INFINITY
  let x = unset
  let y = 1
  let z = x
  for (let before = -1; before !== z; ) {
    x *= x
    before = z
    z += x * y
    y += y
  }
  return z
}

/** Math.sqrt is exact by IEEE 754, so the estimate is the same on every machine. */
function tau(below: number): number {
  if (below === 0 || below === 1) return 0
  let x = below
  let y = 1
  let z = 1 - x
  for (let before = -1; before !== z; ) {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}

export const distinct: MeasureType<Hll, number> = {
  kind: "distinct",
  params: 1,
  ordered: false,
  empty: () => new Hll(),
  prepare(raw) {
    if (typeof raw === "string") return registerOf(raw)
    if (typeof raw === "number" && Number.isFinite(raw)) return registerOf(String(raw + 0))
    throw unfit("distinct", raw, "a string or a finite number")
  },
  add(state, input) {
    state.add(input)
    return state
  },
  merge(into, from) {
    into.merge(from)
    return into
  },
  encode: (state) => state.encode(),
  decode: (encoded) => Hll.decode(encoded),
}
