/**
 * Owns: counting, for each type and version, how many stored events can be read and which cannot, and the verdict.
 * Never: reading the log.
 *
 * Only what a schema is to blame for decides: a stray subject or a wrong clock was rejected when it came, and would be
 * again. An event that its schema rejected when it came is found again here; its letter says the same.
 */

import {
  SCHEMA_CHECK_FAILURES_SHOWN,
  SCHEMA_CHECK_UNKNOWN_TYPES_SHOWN,
  SCHEMA_CHECK_VERSIONS_SHOWN,
} from "../base/limits.ts"
import type { Registry } from "../define/registry.ts"
import type { Decoded, Rejection } from "./decode.outcome.ts"
import { type ReasonTag, reasonText } from "./decode.reasons.ts"
import type { Stored } from "./log.ts"

export interface FailingEvent {
  readonly sequence: number
  readonly index: number | undefined
  readonly reason: ReasonTag
  /** The field, when the reason has one. */
  readonly path: string | undefined
  readonly text: string
}

export interface VersionCheck {
  readonly type: string
  readonly version: number
  readonly read: number
  readonly failing: number
  readonly firstFailing: readonly FailingEvent[]
}

export interface UnknownType {
  readonly type: string
  readonly events: number
  readonly firstSequence: number
}

export interface SchemaCheck {
  /** Whether everything that was looked at can be read. */
  readonly passed: boolean
  readonly all: boolean
  readonly messages: number
  /** By type, then version. */
  readonly versions: readonly VersionCheck[]
  readonly unknownTypes: readonly UnknownType[]
  /** Rejected for what no schema can help, by reason. */
  readonly elsewhere: Readonly<Partial<Record<ReasonTag, number>>>
}

/** Who is to blame for a rejection: exhaustive, so that a new reason has to be thought about. */
const BLAME: { readonly [T in ReasonTag]: "schema" | "type" | "elsewhere" } = {
  stray: "elsewhere",
  "bad-tenant": "elsewhere",
  "bad-headers": "elsewhere",
  "bad-id": "elsewhere",
  "unknown-type": "type",
  "unknown-version": "schema",
  oversized: "elsewhere",
  undecodable: "elsewhere",
  "bad-batch": "elsewhere",
  "time-ahead": "elsewhere",
  "time-too-early": "elsewhere",
  invalid: "schema",
  "bad-text": "elsewhere",
  "bad-key": "schema",
  "failed-up": "schema",
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Counted = Writable<Omit<VersionCheck, "firstFailing">> & { readonly firstFailing: FailingEvent[] }

export class SchemaTally {
  readonly #registry: Registry
  readonly #all: boolean
  readonly #versions = new Map<string, Counted>()
  readonly #unknown = new Map<string, Writable<UnknownType>>()
  readonly #elsewhere: Partial<Record<ReasonTag, number>> = {}
  #messages = 0
  #failing = 0

  constructor(registry: Registry, all: boolean) {
    this.#registry = registry
    this.#all = all
  }

  add(stored: Stored, { events, rejected }: Decoded): void {
    this.#messages++
    for (const { type, schemaVersion } of events) {
      const counted = this.#countedOf(type, schemaVersion)
      if (counted !== undefined) counted.read++
    }
    for (const rejection of rejected) this.#reject(stored, rejection)
  }

  report(): SchemaCheck {
    const versions = [...this.#versions.values()].sort((a, b) => order(a.type, b.type) || a.version - b.version)
    const unknownTypes = [...this.#unknown.values()].sort((a, b) => order(a.type, b.type))
    const passed = this.#failing === 0
    return { passed, all: this.#all, messages: this.#messages, versions, unknownTypes, elsewhere: this.#elsewhere }
  }

  #reject(stored: Stored, rejection: Rejection): void {
    const { tag } = rejection.reason
    const type = rejection.type ?? ""
    if (BLAME[tag] === "elsewhere") this.#elsewhere[tag] = (this.#elsewhere[tag] ?? 0) + 1
    else if (BLAME[tag] === "type") this.#countUnknown(type, stored.sequence)
    else {
      this.#failing++
      const counted = this.#countedOf(type, rejection.schemaVersion ?? this.#registry.events.get(type)?.pinned ?? 0)
      if (counted !== undefined) countFailing(counted, rejection)
    }
  }

  #countUnknown(type: string, firstSequence: number): void {
    this.#failing++
    const known = this.#unknown.get(type)
    if (known !== undefined) known.events++
    else if (this.#unknown.size < SCHEMA_CHECK_UNKNOWN_TYPES_SHOWN) {
      this.#unknown.set(type, { type, events: 1, firstSequence })
    }
  }

  /** Publishers can make up versions without end; beyond the bound they count as failing only. */
  #countedOf(type: string, version: number): Counted | undefined {
    const name = `${type} ${version}`
    const known = this.#versions.get(name)
    if (known !== undefined || this.#versions.size >= SCHEMA_CHECK_VERSIONS_SHOWN) return known
    const counted: Counted = { type, version, read: 0, failing: 0, firstFailing: [] }
    this.#versions.set(name, counted)
    return counted
  }
}

function countFailing(counted: Counted, rejection: Rejection): void {
  counted.failing++
  if (counted.firstFailing.length < SCHEMA_CHECK_FAILURES_SHOWN) counted.firstFailing.push(failingOf(rejection))
}

function failingOf({ sequence, index, reason }: Rejection): FailingEvent {
  return { sequence, index, reason: reason.tag, path: pathOf(reason), text: reasonText(reason) }
}

function pathOf(reason: Rejection["reason"]): string | undefined {
  if (reason.tag === "invalid") return reason.issues[0]?.path
  return reason.tag === "bad-key" ? reason.field : undefined
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
