/**
 * Owns: a plain fold of a log, written from the protocol's words and nothing else: what the engine's views must equal.
 * Never: the engine's own notions of panes, slices or order; it sorts and filters, as slowly as it likes.
 */

export interface FoldEvent {
  readonly type: string
  readonly key: string
  readonly lane: number
  readonly sequence: number
  readonly index: number
  readonly time: number
  /** The lane's watermark before its message. */
  readonly stamp: number
  readonly arrivedAt: number
  readonly value: number
}

export interface FoldWindow {
  readonly start: number
  readonly end: number
  readonly events: readonly FoldEvent[]
}

export type WindowKind =
  | { readonly kind: "tumbling"; readonly sizeMs: number }
  | { readonly kind: "sliding"; readonly sizeMs: number; readonly byMs: number }
  | { readonly kind: "session"; readonly gapMs: number; readonly maxMs: number }

/** A lane's messages get the watermark before them as stamps; no message here has more than one segment. */
export function stamped(
  messages: readonly { readonly arrivedAt: number; readonly times: readonly number[] }[],
  outOfOrderMs: number,
): readonly number[] {
  let watermark = Number.NEGATIVE_INFINITY
  return messages.map(({ arrivedAt, times }) => {
    const stamp = watermark
    const seen = times.length === 0 ? arrivedAt : Math.min(arrivedAt, Math.max(...times))
    watermark = Math.max(watermark, seen - outOfOrderMs)
    return stamp
  })
}

export function inOrder(events: readonly FoldEvent[]): readonly FoldEvent[] {
  return [...events].sort((a, b) => a.time - b.time || a.lane - b.lane || a.sequence - b.sequence || a.index - b.index)
}

/** All windows that some event is in, in time for it. */
export function windowsOf(window: WindowKind, events: readonly FoldEvent[], graceMs: number): readonly FoldWindow[] {
  if (window.kind === "session") return sessionsOf(window.gapMs, window.maxMs, events, graceMs)
  const byMs = window.kind === "sliding" ? window.byMs : window.sizeMs
  const ends = new Set(events.flatMap(({ time }) => endsAfter(time, window.sizeMs, byMs)))
  return [...ends]
    .sort((a, b) => a - b)
    .map((end) => ({
      start: end - window.sizeMs,
      end,
      events: events.filter((e) => e.time >= end - window.sizeMs && e.time < end && end + graceMs > e.stamp),
    }))
    .filter((each) => each.events.length > 0)
}

function endsAfter(time: number, sizeMs: number, byMs: number): readonly number[] {
  const ends: number[] = []
  for (let end = (Math.floor(time / byMs) + 1) * byMs; end <= time + sizeMs; end += byMs) ends.push(end)
  return ends
}

function sessionsOf(
  gapMs: number,
  maxMs: number,
  events: readonly FoldEvent[],
  graceMs: number,
): readonly FoldWindow[] {
  const inTime = inOrder(events.filter(({ time, stamp }) => time + graceMs > stamp))
  const sessions: { start: number; end: number; events: FoldEvent[] }[] = []
  for (const event of inTime) {
    const border = (Math.floor(event.time / maxMs) + 1) * maxMs
    const last = sessions.at(-1)
    const goesOn = last !== undefined && event.time <= last.end && event.time < border && border - maxMs <= last.start
    const end = Math.min(event.time + gapMs, border)
    if (goesOn) {
      last.events.push(event)
      last.end = Math.max(last.end, end)
    } else sessions.push({ start: event.time, end, events: [event] })
  }
  return sessions
}

/** The windows an event came too late for, by start. */
export function missedBy(window: WindowKind, { time, stamp }: FoldEvent, graceMs: number): readonly number[] {
  if (window.kind === "session") return time + graceMs <= stamp ? [time] : []
  const byMs = window.kind === "sliding" ? window.byMs : window.sizeMs
  return endsAfter(time, window.sizeMs, byMs)
    .filter((end) => end + graceMs <= stamp)
    .map((end) => end - window.sizeMs)
}
