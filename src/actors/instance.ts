/**
 * Owns: the state of one actor with one key of one tenant, as plain data. Never: what changes it (shard.ts and what it
 * calls), or where it lives (residency.ts).
 */

import type { Versions } from "../define/join.ts"
import type { Order } from "../define/order.ts"
import type { Pane } from "../define/pane.ts"

/** One instance's pane for one window, one slice of a sliding window, or one stretch of totals. */
export interface OpenPane {
  start: number
  end: number
  /** Of a slice: the end of the first window it counts for (later than its own where events came late). */
  readonly from: number
  pane: Pane
  /** The newest arrival among the messages that are in it. */
  updatedAt: number
  /** Listed for the next frame. Never true in a snapshot: those are made where a frame was cut. */
  changed: boolean
  /** Merged into another, closed or forgotten: whoever still has it listed passes over it. */
  gone: boolean
  /** What `once` has emitted in it. */
  said: readonly string[]
}

/** What an instance keeps for one of its actor's windows. */
export interface WindowState {
  /** By start, then by `from`. */
  panes: OpenPane[]
  /** Sliding: windows up to this end are closed. */
  stepped: number
  /** Sliding: what `once` has emitted, with the end of its window. */
  said: (readonly [number, string])[]
}

/** An input that is taken when the watermark passes its place in event time. */
export interface Waiting {
  /** Its event time, or its lane's stamp where that had passed it: a function of the log alone. */
  readonly at: number
  readonly order: Order
  readonly stamp: number
  readonly arrivedAt: number
  readonly type: number
  readonly inputs: readonly unknown[]
}

export interface Timer {
  readonly name: string
  readonly at: number
}

export interface Instance {
  readonly name: string
  readonly actor: number
  readonly tenant: string
  readonly key: string
  /** The time it is filed under among the deadlines, or +Infinity: never later than its earliest one. */
  filedAt: number
  /** Changed since snapshots last asked. */
  touched: boolean
  /** Totals. One, unless the actor forgets its idle instances: then a stretch for each time it was awake. */
  eras: OpenPane[]
  /** As the actor's windows. */
  readonly windows: WindowState[]
  /** The same, of inputs the watermark has passed: what `onChange` sees. Empty where there is none. */
  readonly passed: WindowState[]
  /** As the actor's joins. Fields, and behind them when the version arrived. */
  readonly tables: Versions[]
  /** By `at`, then by order. */
  waiting: Waiting[]
  /** By time, then by name. */
  timers: Timer[]
  /** Of the free form, as its functions see it. */
  state: unknown
  /** How many events were emitted at the last moment at which some were: part of their ids. */
  emittedAt: number
  emitted: number
}

/** Sorts by actor, tenant, key: the order in which what is due at one moment is done. */
export function instanceName(actor: number, tenant: string, key: string): string {
  return `${String(actor).padStart(3, "0")} ${tenant} ${key}`
}

export interface InstanceParts {
  readonly actor: number
  readonly tenant: string
  readonly key: string
}

/** A tenant has no spaces; a key may. */
export function partsOfName(name: string): InstanceParts {
  const space = name.indexOf(" ", 4)
  return { actor: Number(name.slice(0, 3)), tenant: name.slice(4, space), key: name.slice(space + 1) }
}
