/**
 * Owns: what an actor keeps of a table-like event: its newest fields, by event time, for each moment that is asked for.
 * Never: fetching from another instance: a table event is routed to the actor's own key, so a join is always local.
 *
 * J1 a window's version is the newest one before its end that was not late for it, ties by place in the log: a function
 *    of the set of versions, free of the order of arrival.
 * J2 forgetting below a window's end changes no answer for that end or a later one.
 */

import type { AnyEvent, EventDef, StringKeys } from "./event.ts"
import { type Encoded, isList, unreadable } from "./measures/measure.ts"
import { compareOrder, type Order } from "./order.ts"

/** `Keys`: names of the actor's key fields that it can be joined under. */
export interface Join<D, Keys extends string> {
  /** For the compiler alone. */
  readonly _row?: D
  readonly _keys?: (key: Keys) => void
  readonly spec: JoinSpec
}

export interface JoinSpec {
  readonly event: AnyEvent
  readonly fields: readonly string[]
  /** The actor's key, read from the table event; without it, its fields with the names of the key's. */
  readonly by: ((event: never) => Readonly<Record<string, string>>) | undefined
}

/**
 * The newest `fields` of a table-like event under the actor's own key: the event has the key's fields under the same
 * names, or `by` says what they are. (A join by anything else than the actor's key is a `closed` to listen to.)
 */
export function latest<T extends string, D, const F extends keyof D & string>(
  of: EventDef<T, D>,
  fields: readonly F[],
): Join<Pick<D, F>, StringKeys<D>>
export function latest<T extends string, D, const F extends keyof D & string, const K extends string>(
  of: EventDef<T, D>,
  fields: readonly F[],
  by: (event: D) => Readonly<Record<K, string>>,
): Join<Pick<D, F>, K>
export function latest(
  event: AnyEvent,
  fields: readonly string[],
  by?: (event: never) => Readonly<Record<string, string>>,
): { readonly spec: JoinSpec } {
  return Object.freeze({ spec: Object.freeze({ event, fields: Object.freeze([...fields]), by }) })
}

/** One state of the table: its fields in the order of the join. */
export interface Version {
  readonly order: Order
  /** The watermark of its own lane before it: it is late for a window that had closed by then. */
  readonly stamp: number
  readonly fields: readonly Encoded[]
}

/** Oldest first. Bounded by whoever calls `forgetBelow`. */
export type Versions = readonly Version[]

export function withVersion(versions: Versions, version: Version): Versions {
  const at = versions.findLastIndex((held) => compareOrder(held.order, version.order) <= 0)
  if (at >= 0 && compareOrder(versions[at]!.order, version.order) === 0) return versions
  return versions.toSpliced(at + 1, 0, version)
}

/** What totals show. */
export function newestVersion(versions: Versions): Version | undefined {
  return versions.at(-1)
}

/** What a window that ends at `end` shows: the newest before its end that was not late for it. */
export function versionFor(versions: Versions, end: number, graceMs: number): Version | undefined {
  return versions.findLast((version) => countsFor(version, end, graceMs))
}

/** Keeps what a window that ends at `end` or later may still ask for. */
export function forgetBelow(versions: Versions, end: number, graceMs: number): Versions {
  const needed = versions.findLastIndex((version) => countsFor(version, end, graceMs))
  return needed <= 0 ? versions : versions.slice(needed)
}

function countsFor({ order, stamp }: Version, end: number, graceMs: number): boolean {
  return order.time < end && stamp < end + graceMs
}

export function encodeVersions(versions: Versions): Encoded {
  return versions.map(({ order, stamp, fields }) => [
    order.time,
    order.lane,
    order.sequence,
    order.segment,
    order.index,
    stamp,
    fields,
  ])
}

export function decodeVersions(encoded: Encoded): Versions {
  if (!isList(encoded)) throw unreadable("join")
  return encoded.map((each) => {
    const [time, lane, sequence, segment, index, stamp, fields] = isList(each) ? each : []
    const order = { time, lane, sequence, segment, index }
    if (!isOrder(order) || typeof stamp !== "number" || !isList(fields)) throw unreadable("join")
    return { order, stamp, fields }
  })
}

function isOrder(order: { readonly [K in keyof Order]: Encoded | undefined }): order is Order {
  return Object.values(order).every((part) => typeof part === "number")
}
