/**
 * Owns: the one total order of what reaches an instance, which breaks every tie between equal event times.
 * Never: who is late (that is the stamp's work).
 */

/** Where an event stands: its time first, then its place in the log, which no two events share. */
export interface Order {
  /** Event time, epoch milliseconds. */
  readonly time: number
  readonly lane: number
  readonly sequence: number
  readonly segment: number
  readonly index: number
}

/** Negative when a comes first. */
export function compareOrder(a: Order, b: Order): number {
  return a.time - b.time || a.lane - b.lane || a.sequence - b.sequence || a.segment - b.segment || a.index - b.index
}
