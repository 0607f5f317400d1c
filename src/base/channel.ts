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

export type FromRole =
  | { readonly kind: "ready"; readonly report: RoleReport }
  | { readonly kind: "metrics"; readonly id: number; readonly families: readonly Family[] }

export interface RoleReport {
  /** Where this role answers over HTTP, if it does. */
  readonly http?: string
}

export function parseToRole(message: unknown): ToRole {
  const fields = recordOf(message)
  if (fields.kind === "start") return { kind: "start", environment: stringsOf(fields.environment) }
  assert(fields.kind === "ask metrics", "a supervisor says start or asks for metrics")
  return { kind: "ask metrics", id: numberOf(fields.id) }
}

export function parseFromRole(message: unknown): FromRole {
  const fields = recordOf(message)
  if (fields.kind === "ready") {
    const { http } = stringsOf(fields.report)
    return { kind: "ready", report: http === undefined ? {} : { http } }
  }
  assert(fields.kind === "metrics", "a role says that it is ready, or its metrics")
  return { kind: "metrics", id: numberOf(fields.id), families: listOf(fields.families).map(familyOf) }
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

function numberOf(value: unknown): number {
  assert(typeof value === "number", "a number was expected on the channel")
  return value
}
