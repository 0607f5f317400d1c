/** Owns: what differs between what an engine wrote and what the oracle says, in words. Never: knowing why. */

import { isDeepStrictEqual } from "node:util"
import type { DeadLetter, Emitted, Frame, LateLetter, ViewRow } from "../../streams/frame.ts"
import { pack } from "../../wire/pack.ts"
import { unpack } from "../../wire/unpack.ts"
import type { Delivery, Failed } from "../oracle/deliveries.ts"
import type { OracleLate } from "../oracle/instance.ts"
import { type LaneLog, placeAt } from "../oracle/log.ts"
import type { ExpectedEmit, ExpectedRow } from "../oracle/oracle.ts"

export function compareRows(
  found: ReadonlyMap<string, ViewRow>,
  expected: ReadonlyMap<string, ExpectedRow>,
): readonly string[] {
  const all = new Set([...found.keys(), ...expected.keys()])
  return [...all].flatMap((name) => {
    const row = found.get(name)
    const shown = row && { window: row.window, closed: row.closed, values: row.values }
    const right = expected.get(name)
    const due = right && { window: right.window, closed: right.closed, values: asRead(right.values) }
    if (isDeepStrictEqual(shown, due)) return []
    return [`row ${name} is ${JSON.stringify(shown) ?? "not there"}, the oracle says ${JSON.stringify(due) ?? "none"}`]
  })
}

export function compareLate(frames: readonly Frame[], expected: readonly OracleLate[]): readonly string[] {
  const found = frames.flatMap(({ late }) => late.map(lateName))
  const due = expected.map(({ delivery: { tenant, actor, key, event }, missed }) =>
    lateName({ ...event, tenant, actor, key, type: 0, place: placeAt(event), missed }),
  )
  return differences(found, due)
}

export function lateName(letter: LateLetter): string {
  const { tenant, actor, key, lane, place, index, time, stamp, missed } = letter
  return JSON.stringify(["late", tenant, actor, key, lane, place, index, time, stamp, missed.map(String).sort()])
}

export function compareDead(
  frames: readonly Frame[],
  lanes: readonly LaneLog[],
  failed: readonly Failed[],
  dead: readonly Delivery[],
): readonly string[] {
  const found = frames.flatMap((frame) => frame.dead.map(deadName))
  const rejected = lanes.flatMap((lane) => lane.rejected)
  return differences(found, [
    ...rejected.map((each) => deadName({ ...each, place: placeAt(each), actor: null, key: null })),
    ...failed.map(({ actor, event }) =>
      deadName({ ...event, place: placeAt(event), reason: "step-failed", actor, key: null }),
    ),
    ...dead.map(({ actor, key, event }) =>
      deadName({ ...event, place: placeAt(event), reason: "step-failed", actor, key }),
    ),
  ])
}

export function deadName(letter: Pick<DeadLetter, "lane" | "place" | "index" | "reason" | "actor" | "key">): string {
  const { lane, place, index, reason, actor, key } = letter
  return JSON.stringify(["dead", lane, place, index, reason, actor, key])
}

export function compareEmits(frames: readonly Frame[], expected: readonly ExpectedEmit[]): readonly string[] {
  const found = frames.flatMap(({ emits }) => emits)
  const ids = found.map(({ tenant, type, id }) => JSON.stringify([tenant, type, id]))
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `the id ${id} was emitted twice`)
  return [...twice, ...differences(found.map(emitName), expected.map(expectedName))]
}

/**
 * Closings, timers and what inputs say come in the order of (when it is due, actor, tenant, key), stage by stage, over
 * all frames of a shard: emits break ties by where they stand.
 */
export function compareOrder(frames: readonly Frame[], expected: readonly ExpectedEmit[]): readonly string[] {
  const due = new Map<string, ExpectedEmit[]>()
  for (const emit of expected) due.set(expectedName(emit), [...(due.get(expectedName(emit)) ?? []), emit])
  const newest = new Map<number, ExpectedEmit>()
  return frames.flatMap(({ head, emits }) =>
    emits.flatMap((emit) => {
      const now = due.get(emitName(emit))?.shift()
      const before = newest.get(emit.stage)
      if (now === undefined) return []
      newest.set(emit.stage, now)
      if (before === undefined || !isBefore(now, before)) return []
      return [`frame ${head.n} of shard ${head.shard} has ${emitName(emit)} after ${expectedName(before)}`]
    }),
  )
}

function isBefore(a: ExpectedEmit, b: ExpectedEmit): boolean {
  for (const name of ["due", "actor", "tenant", "key"] as const) {
    if (a[name] !== b[name]) return a[name] < b[name]
  }
  return false
}

function expectedName({ tenant, time, stamp, stage, emit: { type, version, data } }: ExpectedEmit): string {
  return emitName({ tenant, type, version, time, stamp, stage, data })
}

function emitName({ tenant, type, version, time, stamp, stage, data }: Omit<Emitted, "id">): string {
  return JSON.stringify(["emit", tenant, type, version, time, stamp, stage, sorted(data)])
}

export function compareFacts(frames: readonly Frame[], lanes: readonly LaneLog[], type: string): readonly string[] {
  const found = frames.flatMap(({ facts }) => facts)
  const due = lanes.flatMap(({ events }) => events.filter((event) => event.type === type))
  const name = (fact: { readonly lane: number; readonly place: number; readonly index: number; readonly id: string }) =>
    JSON.stringify(["fact", fact.lane, fact.place, fact.index, fact.id])
  return differences(
    found.map(name),
    due.map((event) => name({ ...event, place: placeAt(event) })),
  )
}

/** As multisets. */
export function differences(found: readonly string[], expected: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const each of expected) left.set(each, (left.get(each) ?? 0) + 1)
  for (const each of found) left.set(each, (left.get(each) ?? 0) - 1)
  return [...left].flatMap(([each, count]) => {
    if (count === 0) return []
    return [count > 0 ? `${each} is missing` : `${each} is there ${-count} times too often`]
  })
}

/** As it looks when it has travelled. */
function asRead(values: readonly unknown[]): unknown {
  const read = unpack(pack(values))
  return read.tag === "value" ? read.value : values
}

function sorted(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(sorted)
  if (typeof data !== "object" || data === null) return data
  return Object.fromEntries(
    Object.entries(data)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, sorted(value)]),
  )
}
