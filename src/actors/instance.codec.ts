/**
 * Owns: an instance in wire form (plain values, as msgpack carries them), for snapshots and spilling.
 * Never: pages or deltas.
 *
 * Wire version 1: [1, filedAt, eras, windows, passed, tables, waiting, timers, state, emittedAt, emitted]. What it is
 * (actor, tenant, key) is in its name. Decoding what was encoded gives the same instance, and the same bytes again.
 * A waiting input's values and a free form's state are bytes of their own: they may be nested as deep as events are.
 */

import { decodeVersions, encodeVersions } from "../define/join.ts"
import { type Encoded, isList, UnreadableState } from "../define/measures/measure.ts"
import { decodePane, encodePane } from "../define/pane.ts"
import { packing, reading, unpacking } from "../streams/packing.ts"
import { listOf } from "../streams/section.ts"
import type { Part } from "./cast.ts"
import { type Instance, type OpenPane, partsOfName, type Timer, type Waiting, type WindowState } from "./instance.ts"
import { frozen } from "./reducing.ts"

export const INSTANCE_WIRE = 1

export function instanceBytes(part: Part, instance: Instance): Uint8Array {
  return packing((packer) => packer.value(encodeInstance(part, instance)))
}

export function instanceFrom(part: Part, name: string, bytes: Uint8Array): Instance {
  return decodeInstance(part, name, unpacking(bytes, (unpacker) => unpacker.value()) as Encoded)
}

/** When it is filed among the deadlines, without reading the rest. */
export function filedAtOf(bytes: Uint8Array): number {
  const unpacker = reading(bytes)
  unpacker.arrayLength()
  const wire = unpacker.number()
  if (wire !== INSTANCE_WIRE) throw unreadable(`wire version ${wire}`)
  return unpacker.number()
}

export function encodeInstance({ definition }: Part, instance: Instance): Encoded {
  const { filedAt, eras, windows, passed, tables, waiting, timers, state, emittedAt, emitted } = instance
  const pane = (each: OpenPane): Encoded => [
    each.start,
    each.end,
    each.from,
    each.updatedAt,
    each.said,
    encodePane(definition, each.pane),
  ]
  const window = ({ panes, stepped, said }: WindowState): Encoded => [panes.map(pane), stepped, said]
  return [
    INSTANCE_WIRE,
    filedAt,
    eras.map(pane),
    windows.map(window),
    passed.map(window),
    tables.map(encodeVersions),
    waiting.map(encodeWaiting),
    timers.map(({ name, at }) => [name, at]),
    state === undefined ? null : packing((packer) => packer.value(definition.free!.encode(state))),
    emittedAt,
    emitted,
  ]
}

/** Throws UnreadableState for what no version of ours wrote. */
export function decodeInstance({ definition }: Part, name: string, encoded: Encoded): Instance {
  const [wire, filedAt, eras, windows, passed, tables, waiting, timers, state, emittedAt, emitted] = list(encoded)
  if (wire !== INSTANCE_WIRE) throw unreadable(`wire version ${String(wire)}`)
  const pane = (from: Encoded): OpenPane => {
    const [start, end, first, updatedAt, said, states] = list(from)
    return {
      start: number(start),
      end: number(end),
      from: number(first),
      updatedAt: number(updatedAt),
      changed: false,
      gone: false,
      said: list(said).map(text),
      pane: decodePane(definition, present(states)),
    }
  }
  const window = (from: Encoded): WindowState => {
    const [panes, stepped, said] = list(from)
    return { panes: list(panes).map(pane), stepped: number(stepped), said: list(said).map(saidOf) }
  }
  return {
    name,
    ...partsOfName(name),
    filedAt: number(filedAt),
    touched: false,
    eras: list(eras).map(pane),
    windows: list(windows).map(window),
    passed: list(passed).map(window),
    tables: list(tables).map(decodeVersions),
    waiting: list(waiting).map(decodeWaiting),
    timers: list(timers).map(decodeTimer),
    state: state === null ? undefined : frozen(definition.free!.decode(plain(state))),
    emittedAt: number(emittedAt),
    emitted: number(emitted),
  }
}

function encodeWaiting({ at, order, stamp, arrivedAt, type, inputs }: Waiting): Encoded {
  const { time, lane, sequence, segment, index } = order
  const values = packing((packer) => {
    packer.arrayHeader(inputs.length)
    for (const input of inputs) packer.value(input)
  })
  return [at, time, lane, sequence, segment, index, stamp, arrivedAt, type, values]
}

function decodeWaiting(encoded: Encoded): Waiting {
  const [at, time, lane, sequence, segment, index, stamp, arrivedAt, type, inputs] = list(encoded)
  const order = {
    time: number(time),
    lane: number(lane),
    sequence: number(sequence),
    segment: number(segment),
    index: number(index),
  }
  const values = unpacking(bytes(inputs), (unpacker) => listOf(unpacker, () => unpacker.value()))
  const what = { stamp: number(stamp), arrivedAt: number(arrivedAt), type: number(type), inputs: values }
  return { at: number(at), order, ...what }
}

function decodeTimer(encoded: Encoded): Timer {
  const [name, at] = list(encoded)
  return { name: text(name), at: number(at) }
}

function saidOf(encoded: Encoded): readonly [number, string] {
  const [end, name] = list(encoded)
  return [number(end), text(name)]
}

function plain(encoded: Encoded | undefined): Encoded {
  return unpacking(bytes(encoded), (unpacker) => unpacker.value()) as Encoded
}

function bytes(encoded: Encoded | undefined): Uint8Array {
  if (!(encoded instanceof Uint8Array)) throw unreadable("something else where bytes should be")
  return encoded
}

function list(encoded: Encoded | undefined): readonly Encoded[] {
  if (!isList(encoded)) throw unreadable("something else where a list should be")
  return encoded
}

function number(encoded: Encoded | undefined): number {
  if (typeof encoded !== "number") throw unreadable("something else where a number should be")
  return encoded
}

function text(encoded: Encoded | undefined): string {
  if (typeof encoded !== "string") throw unreadable("something else where a text should be")
  return encoded
}

function present(encoded: Encoded | undefined): Encoded {
  if (encoded === undefined) throw unreadable("nothing where a pane should be")
  return encoded
}

function unreadable(found: string): UnreadableState {
  const reason = `it has ${found}; this build reads wire version ${INSTANCE_WIRE}`
  return new UnreadableState({ operation: "decoding an instance", reason })
}
