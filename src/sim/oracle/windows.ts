/**
 * Owns: which windows a time belongs to, and when each is too late for it, from PROTOCOL.md's words alone.
 * Never: the engine's windows; not even its arithmetic.
 */

import type { Definition } from "../../define/definition.ts"
import type { Timed } from "../../define/windows.ts"

export interface Span {
  readonly start: number
  /** Not part of it. */
  readonly end: number
}

/** Every window of this kind that holds the time; a session of this event alone. */
export function spansAt(window: Timed, time: number): readonly Span[] {
  if (window.kind === "tumbling") return [spanFrom(lastMultiple(time, window.sizeMs), window.sizeMs)]
  if (window.kind === "session") {
    const stretchEnd = lastMultiple(time, window.maxMs) + window.maxMs
    return [{ start: time, end: Math.min(time + window.gapMs, stretchEnd) }]
  }
  const spans: Span[] = []
  for (let end = lastMultiple(time, window.byMs) + window.byMs; end - window.sizeMs <= time; end += window.byMs) {
    spans.push({ start: end - window.sizeMs, end })
  }
  return spans
}

/** The stamp is of the event's own lane. A session has no end yet that it could be measured by: its own time counts. */
export function isLate(window: Timed, span: Span, time: number, stamp: number, { graceMs }: Definition): boolean {
  return (window.kind === "session" ? time : span.end) + graceMs <= stamp
}

export function isClosed({ end }: Span, { graceMs }: Definition, watermark: number): boolean {
  return end + graceMs <= watermark
}

/** Sessions that touch are one, within one stretch of `max`. */
export function joinSessions<T>(
  maxMs: number,
  alone: readonly { readonly span: Span; readonly of: T }[],
): readonly { readonly span: Span; readonly of: readonly T[] }[] {
  const sorted = [...alone].sort((a, b) => a.span.start - b.span.start)
  const joined: { span: Span; of: T[] }[] = []
  for (const { span, of } of sorted) {
    const before = joined.at(-1)
    const sameStretch =
      before !== undefined && lastMultiple(before.span.start, maxMs) === lastMultiple(span.start, maxMs)
    if (sameStretch && span.start <= before.span.end) {
      before.span = { start: before.span.start, end: Math.max(before.span.end, span.end) }
      before.of.push(of)
    } else joined.push({ span, of: [of] })
  }
  return joined
}

function lastMultiple(time: number, of: number): number {
  const beyond = time % of
  return time - (beyond < 0 ? beyond + of : beyond)
}

function spanFrom(start: number, size: number): Span {
  return { start, end: start + size }
}
