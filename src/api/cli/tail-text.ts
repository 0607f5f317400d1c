/** Owns: what to ask the gateway to follow, and its lines as a person reads them. Never: following. */

import { Misuse } from "../../base/errors.ts"
import type { TailedEvent } from "../report.ts"
import type { Invocation } from "./invocation.ts"

export function tailUrl(gateway: string, invocation: Pick<Invocation, "has" | "text">): string {
  const both = invocation.has("dead") && invocation.has("outbox")
  if (both) throw new Misuse({ operation: "millrace tail", reason: "--dead and --outbox are two different streams" })
  const url = new URL("/admin/tail", gateway)
  if (invocation.has("dead")) url.searchParams.set("of", "dead")
  if (invocation.has("outbox")) url.searchParams.set("of", "outbox")
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
  const { stream, sequence, lane, tenant, type, key, arrivedAt, data, refused } = line
  const place = lane === null ? `${stream} ${sequence}` : `${lane}/${sequence}`
  const said = refused === null ? JSON.stringify(data) : `cannot be read: ${refused}`
  const words = [arrivedAt, place, [tenant, type, key].filter((word) => word !== null).join(" "), said]
  return { kind: "event", text: `${words.join("  ")}\n` }
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

function isTailed(line: unknown): line is TailedEvent {
  if (typeof line !== "object" || line === null) return false
  return ["stream", "tenant", "type", "arrivedAt"].every((name) => typeof Reflect.get(line, name) === "string")
}
