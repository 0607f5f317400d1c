/**
 * Owns: which versions of its tables a pane shows. Never: keeping them.
 *
 * A version's fields have one more at their end: when it arrived, since it may be the newest thing in a row.
 */

import type { Definition } from "../define/definition.ts"
import { type Version, type Versions, versionFor } from "../define/join.ts"
import type { Joined } from "../define/row.ts"
import type { Instance, OpenPane } from "./instance.ts"

const NOTHING: Joined = []

/** When a version takes part in what has an order: its event time, or its lane's stamp where that had passed it. */
export function placeInTime({ order, stamp }: Version): number {
  return Math.max(order.time, stamp)
}

/** What totals show: the newest of the stretch (an instance that was forgotten has forgotten its tables, too). */
export function joinedTotals(instance: Instance, era: OpenPane, upTo = Number.POSITIVE_INFINITY): Joined {
  if (instance.tables.length === 0) return NOTHING
  return instance.tables.map((versions) => versions.findLast((version) => isWithin(version, era.start, upTo)))
}

/** What a window that ends at `end` shows; `upTo`: of what had its place in time by then. */
export function joinedWindow(
  { graceMs }: Definition,
  instance: Instance,
  end: number,
  upTo = Number.POSITIVE_INFINITY,
): Joined {
  if (instance.tables.length === 0) return NOTHING
  const from = instance.eras.findLast(({ start }) => start < end + graceMs)?.start ?? Number.NEGATIVE_INFINITY
  return instance.tables.map((versions) => versionFor(within(versions, from, upTo), end, graceMs))
}

/** The newest arrival of a pane and what is joined to it. */
export function updatedAtOf(pane: OpenPane, joined: Joined): number {
  return joined.reduce((newest, version) => Math.max(newest, arrivedAtOf(version)), pane.updatedAt)
}

function arrivedAtOf(version: Version | undefined): number {
  const last = version?.fields.at(-1)
  return typeof last === "number" ? last : Number.NEGATIVE_INFINITY
}

function within(versions: Versions, from: number, upTo: number): Versions {
  if (from === Number.NEGATIVE_INFINITY && upTo === Number.POSITIVE_INFINITY) return versions
  return versions.filter((version) => isWithin(version, from, upTo))
}

function isWithin(version: Version, from: number, upTo: number): boolean {
  const at = placeInTime(version)
  return at >= from && at <= upTo
}
