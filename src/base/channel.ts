/**
 * Owns: what a supervisor and a role process say to each other over the IPC channel between them.
 * Never: sending it. Both ends are of one version, so there is no history; what does not parse is a bug.
 */

import { assert } from "./assert.ts"
import type { Family } from "./metrics.ts"

export type ToRole =
  /** Variables over the ones the process was born with: the servers' URLs are known only later. */
  | { readonly kind: "start"; readonly environment: Readonly<Record<string, string>> }
  | { readonly kind: "ask metrics"; readonly id: number }
  | { readonly kind: "children"; readonly id: number; readonly children: readonly ChildStatus[] }

export type FromRole =
  | { readonly kind: "ask children"; readonly id: number }
  | { readonly kind: "ready"; readonly report: RoleReport }
  | { readonly kind: "metrics"; readonly id: number; readonly families: readonly Family[] }

export interface RoleReport {
  /** Where this role answers over HTTP, if it does. */
  readonly http?: string
}

export const CHILD_STATES = ["starting", "running", "restarting", "stopped", "failed"] as const

/** One server or role as its supervisor sees it. */
export interface ChildStatus {
  readonly name: string
  readonly kind: "server" | "role"
  readonly state: (typeof CHILD_STATES)[number]
  readonly pid: number | null
  readonly restarts: number
  /** When it came into this state; ISO 8601. */
  readonly since: string
  /** The last thing that went wrong. */
  readonly lastFailure: string | null
  /** Which it is and where from, for people: "cached 2.15.2". Only of servers. */
  readonly origin: string | null
  /** Never with a password. */
  readonly address: string | null
}

export function parseToRole(message: unknown): ToRole {
  const fields = recordOf(message)
  if (fields.kind === "start") return { kind: "start", environment: stringsOf(fields.environment) }
  if (fields.kind === "ask metrics") return { kind: "ask metrics", id: numberOf(fields.id) }
  assert(fields.kind === "children", "a supervisor says start, asks for metrics, or tells of its children")
  return { kind: "children", id: numberOf(fields.id), children: listOf(fields.children).map(childOf) }
}

export function parseFromRole(message: unknown): FromRole {
  const fields = recordOf(message)
  if (fields.kind === "ready") {
    const { http } = stringsOf(fields.report)
    return { kind: "ready", report: http === undefined ? {} : { http } }
  }
  if (fields.kind === "ask children") return { kind: "ask children", id: numberOf(fields.id) }
  assert(fields.kind === "metrics", "a role says that it is ready, or its metrics, or asks for its siblings")
  return { kind: "metrics", id: numberOf(fields.id), families: listOf(fields.families).map(familyOf) }
}

function childOf(value: unknown): ChildStatus {
  const child = recordOf(value)
  const state = CHILD_STATES.find((known) => known === child.state)
  assert(state !== undefined, "a child is in a known state")
  return {
    name: textOf(child.name),
    kind: child.kind === "server" ? "server" : "role",
    state,
    pid: child.pid === null ? null : numberOf(child.pid),
    restarts: numberOf(child.restarts),
    since: textOf(child.since),
    lastFailure: textOrNull(child.lastFailure),
    origin: textOrNull(child.origin),
    address: textOrNull(child.address),
  }
}

function familyOf(value: unknown): Family {
  const { name, help, type, samples } = recordOf(value)
  return { name: textOf(name), help: textOf(help), type: textOf(type), samples: listOf(samples).map(sampleOf) }
}

function sampleOf(value: unknown): Family["samples"][number] {
  const sample = recordOf(value)
  // JSON has no NaN and no infinity: they arrive as null.
  const number = sample.value === null ? Number.NaN : numberOf(sample.value)
  return { name: textOf(sample.name), labels: stringsOf(sample.labels), value: number }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  assert(typeof value === "object" && value !== null, "a channel message is an object")
  return { ...value }
}

function stringsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(recordOf(value)).map(([name, text]) => [name, textOf(text)]))
}

function listOf(value: unknown): readonly unknown[] {
  assert(Array.isArray(value), "a list was expected on the channel")
  return value
}

function textOf(value: unknown): string {
  assert(typeof value === "string", "text was expected on the channel")
  return value
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : textOf(value)
}

function numberOf(value: unknown): number {
  assert(typeof value === "number", "a number was expected on the channel")
  return value
}
