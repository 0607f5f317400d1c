/**
 * Owns: counting distinct values: a HyperLogLog of 4096 registers (about 1.6 % standard error).
 * Never: remembering the values.
 *
 * A value is one integer: its register's index and rank. Up to 32 registers are a list, up to 384 a hash table, then
 * all 4096 are kept: the form is a function of how many registers are set, so of the values alone, in any order.
 */

import { estimateFrom, ranksOf } from "./distinct.estimate.ts"
import { RANK_BITS, RANK_MASK, RANK_MAX, REGISTERS, registerOf } from "./distinct.register.ts"
import { type Encoded, type MeasureType, unfit, unreadable } from "./measure.ts"
import { ByteReader, ByteWriter } from "./varint.ts"

const LIST_MAX = 32
const TABLE_MAX = 384
const SPARSE = 1
const DENSE = 2

export class Hll {
  /** Registers set, while they are a list: unsorted. */
  #list: number[] | undefined = []
  /** Open addressing by index; 0 is a free slot, since no rank is 0. */
  #table: Uint32Array | undefined
  #dense: Uint8Array | undefined
  /** Beside table and dense: how many registers have each rank, so that asking does not go through all of them. */
  #ranks: Uint32Array | undefined
  #set = 0

  add(register: number): void {
    if (this.#dense !== undefined) this.#addDense(this.#dense, register)
    else if (this.#table !== undefined) this.#addTable(this.#table, register)
    else this.#addList(this.#list!, register)
  }

  merge(from: Hll): void {
    if (this.#set === 0) this.#copy(from)
    else if (from.#dense !== undefined) this.#mergeDense(from.#dense)
    else {
      // Taking a table's registers slot by slot into a smaller one would pile them up at its front.
      const slots = from.#table?.length ?? 0
      if (this.#dense === undefined && slots > (this.#table?.length ?? 0)) this.#retable(slots)
      const registers = from.#list ?? from.#table!
      for (let i = 0; i < registers.length; i++) if (registers[i] !== 0) this.add(registers[i]!)
    }
  }

  estimate(): number {
    if (this.#ranks !== undefined) return Math.round(estimateFrom(this.#ranks))
    const ranks = ranksOf(this.#list!)
    ranks[0] = REGISTERS - this.#set
    return Math.round(estimateFrom(ranks))
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

  #copy(from: Hll): void {
    this.#list = from.#list?.slice()
    this.#table = from.#table?.slice()
    this.#dense = from.#dense?.slice()
    this.#ranks = from.#ranks?.slice()
    this.#set = from.#set
  }

  #mergeDense(theirs: Uint8Array): void {
    const mine = this.#toDense()
    for (let i = 0; i < REGISTERS; i++) if (theirs[i]! > mine[i]!) mine[i] = theirs[i]!
    this.#ranks = ranksOf(mine)
    this.#set = REGISTERS - this.#ranks[0]!
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
        if (register <= held) return
        table[slot] = register
        this.#ranks![held & RANK_MASK]!--
        this.#ranks![register & RANK_MASK]!++
        return
      }
      slot++
    }
    table[slot] = register
    this.#ranks![0]!--
    this.#ranks![register & RANK_MASK]!++
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
    this.#ranks![held]!--
    this.#ranks![rank]!++
    if (held === 0) this.#set++
  }

  #retable(slots: number): void {
    const old = this.#list ?? this.#table!
    const table = new Uint32Array(slots)
    this.#list = undefined
    this.#table = table
    this.#ranks = noRanks()
    this.#set = 0
    for (let i = 0; i < old.length; i++) if (old[i] !== 0) this.#addTable(table, old[i]!)
  }

  #toDense(): Uint8Array {
    if (this.#dense !== undefined) return this.#dense
    const dense = new Uint8Array(REGISTERS)
    const registers = this.#list ?? this.#table!
    for (let i = 0; i < registers.length; i++) {
      if (registers[i] !== 0) dense[registers[i]! >>> RANK_BITS] = registers[i]! & RANK_MASK
    }
    this.#list = undefined
    this.#table = undefined
    this.#dense = dense
    this.#ranks = ranksOf(dense)
    return dense
  }

  #encodeSparse(): Uint8Array {
    const registers = this.#list ?? this.#table!
    const sorted = new Uint32Array(this.#set)
    let set = 0
    for (let i = 0; i < registers.length; i++) if (registers[i] !== 0) sorted[set++] = registers[i]!
    sorted.sort()
    const bytes = new ByteWriter()
    bytes.byte(SPARSE)
    let before = 0
    for (let i = 0; i < sorted.length; i++) {
      bytes.varint(sorted[i]! - before)
      before = sorted[i]!
    }
    return bytes.take()
  }
}

function noRanks(): Uint32Array {
  const ranks = new Uint32Array(RANK_MAX + 1)
  ranks[0] = REGISTERS
  return ranks
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
