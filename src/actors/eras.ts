/**
 * Owns: totals of actors that forget their idle instances: a stretch for each time an instance was awake.
 *
 * Whether an instance slept long enough to be forgotten must not depend on which lane was read first. So what is
 * `keep.idle` or more apart never shares a stretch, whether or not the watermark has been there in between; the newest
 * stretch is what totals show, and one that the watermark has passed by `keep.idle` is dropped.
 */

import type { Definition } from "../define/definition.ts"
import { mergePane } from "../define/pane.ts"
import type { Instance, OpenPane } from "./instance.ts"
import { openPane } from "./windows/panes.ts"

/** The stretch of what has its place in time there: an old one, a new one, or several that it connects. */
export function eraAt(instance: Instance, definition: Definition, idleMs: number, at: number): OpenPane {
  const newest = instance.eras.at(-1)
  if (newest !== undefined && at >= newest.start && at <= newest.end) return newest
  const near = instance.eras.filter(({ start, end }) => at < end + idleMs && at > start - idleMs)
  const [first, ...others] = near
  if (first === undefined) return insert(instance, openPane(definition, at, at, at))
  for (const other of others) {
    mergePane(definition, first.pane, other.pane)
    first.updatedAt = Math.max(first.updatedAt, other.updatedAt)
    first.end = Math.max(first.end, other.end)
    other.gone = true
  }
  first.start = Math.min(first.start, at)
  first.end = Math.max(first.end, at)
  if (others.length > 0) instance.eras = instance.eras.filter((era) => !others.includes(era))
  return first
}

function insert(instance: Instance, era: OpenPane): OpenPane {
  const after = instance.eras.findLastIndex(({ start }) => start < era.start)
  instance.eras.splice(after + 1, 0, era)
  return era
}
