/** Owns: what to ask the gateway to follow, and its lines as a person reads them. Never: following. */

import { Misuse } from "../../base/errors.ts"
import type { Tailed, TailedEvent } from "../report.ts"
import type { Invocation } from "./invocation.ts"
import { frameText, letterText } from "./tail-engine.ts"

/** Of events. */
const INSTEAD = ["dead", "late", "outbox"] as const

export function tailUrl(gateway: string, invocation: Pick<Invocation, "has" | "text">): string {
  const asked = INSTEAD.filter((name) => invocation.has(name))
  const two = asked.map((name) => `--${name}`).join(" and ")
  if (asked.length > 1) throw new Misuse({ operation: "millrace tail", reason: `${two} are two different streams` })
  const url = new URL("/admin/tail", gateway)
  if (asked[0] !== undefined) url.searchParams.set("of", asked[0])
  for (const name of ["tenant", "type", "from"]) {
    const value = invocation.text(name)
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url.href
}

export type TailSaid = { readonly kind: "event" | "note" | "end"; readonly text: string }

export function tailText(line: unknown, json: boolean): TailSaid {
  const about = aboutTheStream(line)
  if (about !== undefined) return about
  if (json || !isTailed(line)) return { kind: "event", text: `${JSON.stringify(line)}\n` }
  return { kind: "event", text: `${textOf(line)}\n` }
}

function textOf(line: Tailed): string {
  if (line.kind === "frame") return frameText(line)
  return line.kind === "letter" ? letterText(line) : eventText(line)
}

function eventText({ stream, sequence, lane, tenant, type, key, arrivedAt, data, refused }: TailedEvent): string {
  const place = lane === null ? `${stream} ${sequence}` : `${lane}/${sequence}`
  const said = refused === null ? JSON.stringify(data) : `cannot be read: ${refused}`
  return [arrivedAt, place, [tenant, type, key].filter((word) => word !== null).join(" "), said].join("  ")
}

function aboutTheStream(line: unknown): TailSaid | undefined {
  if (typeof line !== "object" || line === null) return undefined
  if ("skipped" in line) return { kind: "note", text: `${String(line.skipped)} passed over\n` }
  if ("ended" in line) return { kind: "end", text: `${String(line.ended)}\n` }
  if ("problem" in line) return { kind: "end", text: `${problemText(line.problem)}\n` }
  return undefined
}

function problemText(problem: unknown): string {
  const detail: unknown = typeof problem === "object" && problem !== null ? Reflect.get(problem, "detail") : undefined
  return typeof detail === "string" ? detail : "following broke off"
}

const KINDS: ReadonlySet<string> = new Set(["event", "frame", "letter"] satisfies Tailed["kind"][])

function isTailed(line: unknown): line is Tailed {
  if (typeof line !== "object" || line === null) return false
  const has = (name: string) => typeof Reflect.get(line, name) === "string"
  return has("stream") && has("arrivedAt") && KINDS.has(String(Reflect.get(line, "kind")))
}
