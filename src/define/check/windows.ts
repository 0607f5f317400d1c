/** Owns: windows that can be kept: whole slices, few panes, and inheriting only from what has windows. */

import { GRACE_MS_MAX, WINDOW_SLICES_MAX, WINDOWS_PER_ACTOR_MAX } from "../../base/limits.ts"
import type { Definition, Problem, WindowDefinition } from "../definition.ts"
import { durationName } from "../duration.ts"
import { longestMs, slicesOf } from "../windows.ts"

export function windowProblems(definition: Definition): readonly Problem[] {
  const { windows } = definition
  return [
    ...windows.filter(({ inherited }) => !inherited).flatMap(oneWindow),
    ...duplicates(windows),
    ...mixed(definition),
    ...tooMany(windows),
    ...graceProblems(definition),
    ...keepProblems(definition),
  ]
}

function oneWindow({ window, name }: WindowDefinition): readonly Problem[] {
  const field = `windows.${name}`
  if (window.kind === "session") {
    if (window.gapMs <= window.maxMs) return []
    return [{ field, reason: "its gap is longer than its max", right: "raise max, or shorten the gap" }]
  }
  if (window.kind === "tumbling") return []
  const size = durationName(window.sizeMs)
  const by = durationName(window.byMs)
  if (window.byMs >= window.sizeMs) {
    return [{ field, reason: `it steps by ${by}, not less than its size`, right: "write tumbling(size)" }]
  }
  if (window.sizeMs % window.byMs !== 0) {
    return [{ field, reason: `${size} is not a multiple of ${by}`, right: "choose a step that divides the size" }]
  }
  if (slicesOf(window) <= WINDOW_SLICES_MAX) return []
  const right = `at most ${WINDOW_SLICES_MAX}: step by ${durationName(nextStep(window.sizeMs))} or more`
  return [{ field, reason: `one event would be in ${slicesOf(window)} windows`, right }]
}

/** In whole seconds, as durations are. */
function nextStep(sizeMs: number): number {
  return Math.ceil(sizeMs / WINDOW_SLICES_MAX / 1_000) * 1_000
}

function duplicates(windows: readonly WindowDefinition[]): readonly Problem[] {
  const again = windows.filter(({ name }, i) => windows.findIndex((each) => each.name === name) !== i)
  return again.map(({ name }) => ({
    field: `windows.${name}`,
    reason: `there are two called ${name}`,
    right: "one of each",
  }))
}

function mixed({ windows }: Definition): readonly Problem[] {
  const some = windows.filter(({ inherited }) => inherited).length
  if (some === 0 || some === windows.length) return []
  return [{ field: "windows", reason: "inherited windows are not mixed with others", right: "make two actors" }]
}

function tooMany(windows: readonly WindowDefinition[]): readonly Problem[] {
  if (windows.length <= WINDOWS_PER_ACTOR_MAX) return []
  return [{ field: "windows", reason: `there are ${windows.length}`, right: `at most ${WINDOWS_PER_ACTOR_MAX}` }]
}

function graceProblems({ windows, graceMs }: Definition): readonly Problem[] {
  const inherits = windows.some(({ inherited }) => inherited)
  if (inherits && graceMs > 0) {
    return [{ field: "grace", reason: "what is inherited was waited for already", right: "leave it out" }]
  }
  if (graceMs <= GRACE_MS_MAX) return []
  return [{ field: "grace", reason: "it holds windows open too long", right: `at most ${durationName(GRACE_MS_MAX)}` }]
}

function keepProblems({ windows, graceMs, keep }: Definition): readonly Problem[] {
  const least = Math.max(0, ...windows.map(({ window }) => longestMs(window))) + graceMs
  return (["idleMs", "windowsMs"] as const).flatMap((name) => {
    const kept = keep[name]
    if (kept === undefined || kept >= least) return []
    const right = `keep it ${durationName(least)} or more`
    return [{ field: `keep.${name.replace("Ms", "")}`, reason: "it ends while windows are still open", right }]
  })
}
