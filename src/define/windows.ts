/**
 * Owns: what windows an actor has, their public names, and which interval a time belongs to.
 * Never: panes, closing or lateness (src/actors/).
 *
 * W1 an interval is half-open and a function of the time alone: [start, end) holds every time it was made for.
 * W2 a session never crosses a multiple of its `max`, so merging sessions is free of order.
 */

import { type DurationText, durationName, parseDuration } from "./duration.ts"

export interface Tumbling {
  readonly kind: "tumbling"
  readonly sizeMs: number
}
/** A window of `sizeMs` every `byMs`: kept as slices of `byMs`, merged when a slice closes. */
export interface Sliding {
  readonly kind: "sliding"
  readonly sizeMs: number
  readonly byMs: number
}
export interface Session {
  readonly kind: "session"
  readonly gapMs: number
  readonly maxMs: number
}
/** The window travels with the `closed` event that is listened to. */
export interface Inherited {
  readonly kind: "inherited"
}
/** A window that was written wrong; check.ts says so at start. */
export interface Malformed {
  readonly kind: "malformed"
  readonly reason: string
}

export type Timed = Tumbling | Sliding | Session
export type Window = Timed | Inherited | Malformed

export interface Interval {
  readonly start: number
  /** Not part of it. */
  readonly end: number
}

const SESSION_MAX_UNLESS_SAID: DurationText = "1 day"

export function tumbling(size: DurationText): Window {
  return withDurations({ size }, ({ size: sizeMs }) => ({ kind: "tumbling", sizeMs }))
}

export function sliding(size: DurationText, by: DurationText): Window {
  return withDurations({ size, by }, ({ size: sizeMs, by: byMs }) => ({ kind: "sliding", sizeMs, byMs }))
}

/** Ends `gap` after its last event; longer than `max` (a day unless said) it is cut at multiples of `max`. */
export function session(of: { readonly gap: DurationText; readonly max?: DurationText }): Window {
  const { gap, max = SESSION_MAX_UNLESS_SAID } = of
  return withDurations({ gap, max }, ({ gap: gapMs, max: maxMs }) => ({ kind: "session", gapMs, maxMs }))
}

export const inherited: Inherited = Object.freeze({ kind: "inherited" })

function withDurations<K extends string>(
  texts: Readonly<Record<K, string>>,
  make: (ms: Readonly<Record<K, number>>) => Timed,
): Window {
  const ms: Partial<Record<K, number>> = {}
  for (const name of Object.keys(texts) as K[]) {
    const parsed = parseDuration(texts[name])
    if (parsed === undefined || parsed === 0) {
      return Object.freeze({ kind: "malformed", reason: `${name} ${JSON.stringify(texts[name])}` })
    }
    ms[name] = parsed
  }
  return Object.freeze(make(ms as Record<K, number>))
}

/** `1m`, `1h_by_5m`, `session_15m`: part of table names. */
export function windowName(window: Timed): string {
  switch (window.kind) {
    case "tumbling":
      return durationName(window.sizeMs)
    case "sliding":
      return `${durationName(window.sizeMs)}_by_${durationName(window.byMs)}`
    case "session":
      return `session_${durationName(window.gapMs)}`
  }
}

/** `TUMBLING_1M`, `SLIDING_1H_BY_5M`, `SESSION_15M`: GraphQL's names. */
export function windowLabel(window: Timed): string {
  const name = windowName(window).toUpperCase()
  return window.kind === "session" ? name : `${window.kind.toUpperCase()}_${name}`
}

/** The most event time a window of this kind can span. */
export function longestMs(window: Timed): number {
  return window.kind === "session" ? window.maxMs : window.sizeMs
}

/** Slices that make up one window: 1 unless it slides. */
export function slicesOf(window: Timed): number {
  return window.kind === "sliding" ? window.sizeMs / window.byMs : 1
}

/** The one pane (a sliding window's slice, a session of this event alone) that a time falls into. */
export function intervalAt(window: Timed, time: number): Interval {
  switch (window.kind) {
    case "tumbling":
      return aligned(time, window.sizeMs)
    case "sliding":
      return aligned(time, window.byMs)
    case "session":
      return { start: time, end: Math.min(time + window.gapMs, aligned(time, window.maxMs).end) }
  }
}

/** Of a sliding window: all windows a slice is part of end at `slice.end`, and then every `byMs`, `slicesOf` times. */
export function windowEndingAt(window: Sliding, end: number): Interval {
  return { start: end - window.sizeMs, end }
}

/** Two sessions are one when they touch within a stretch of `max`; never across its borders. */
export function sessionsMeet(window: Session, a: Interval, b: Interval): boolean {
  const sameStretch = Math.floor(a.start / window.maxMs) === Math.floor(b.start / window.maxMs)
  return sameStretch && a.start <= b.end && b.start <= a.end
}

export function spanning(a: Interval, b: Interval): Interval {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }
}

function aligned(time: number, size: number): Interval {
  const start = Math.floor(time / size) * size
  return { start, end: start + size }
}
