/** Owns: how followed events look on the wire, as lines of JSON or as server-sent events. Never: reading them. */

import { explain, Failure } from "../../base/errors.ts"
import type { TailBatch } from "./sources.ts"

export interface TailWire {
  readonly type: string
  /** Sent at once, so that a client knows it is connected before the first event. */
  readonly hello: string
  batch(batch: TailBatch): string
  failure(error: unknown): string
  readonly farewell: string
}

const ENDED = { ended: "the gateway is stopping" }

/** An event a line; a line with `skipped`, `problem` or `ended` alone is about the stream itself. */
export const NDJSON: TailWire = {
  type: "application/x-ndjson; charset=utf-8",
  hello: "",
  batch: ({ events, skipped }) => [...(skipped > 0 ? [{ skipped }] : []), ...events].map(line).join(""),
  failure: (error) => line(problemOf(error)),
  farewell: line(ENDED),
}

/** Unnamed messages are events; the named ones are about the stream. A batch without events is a sign of life. */
export const SSE: TailWire = {
  type: "text/event-stream; charset=utf-8",
  hello: "retry: 2000\n: here\n\n",
  batch({ events, skipped }) {
    if (events.length === 0 && skipped === 0) return named("here", {})
    const over = skipped > 0 ? named("skipped", { skipped }) : ""
    return over + events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")
  },
  failure: (error) => named("problem", problemOf(error)),
  farewell: named("ended", ENDED),
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

function named(event: string, value: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`
}

function problemOf(error: unknown): { readonly problem: { readonly code: string; readonly detail: string } } {
  if (error instanceof Failure) return { problem: { code: error.tag, detail: explain(error) } }
  return { problem: { code: "INTERNAL", detail: "This is a fault of ours." } }
}
