/**
 * Owns: who feeds whom, and so each actor's stage: 0 for those fed by the log, else one more than the highest stage it
 * listens to. Never: watermarks.
 */

import { assert } from "../base/assert.ts"
import { type Definition, isClosed } from "./definition.ts"

/** The actors whose closed windows or emits this one listens to or joins. */
export function feeders(definition: Definition, all: readonly Definition[]): readonly Definition[] {
  const found = definition.sources.flatMap((event) => {
    if (isClosed(event)) return [event.closes]
    return all.filter(({ emits }) => emits.some(({ type }) => type === event.type))
  })
  return [...new Set(found)]
}

/** The names along one cycle, the first one again at the end; nothing when there is none. */
export function cycleIn(all: readonly Definition[]): readonly string[] | undefined {
  const done = new Set<Definition>()
  for (const definition of all) {
    const cycle = cycleFrom(definition, all, [], done)
    if (cycle !== undefined) return cycle
  }
  return undefined
}

function cycleFrom(
  definition: Definition,
  all: readonly Definition[],
  path: readonly Definition[],
  done: Set<Definition>,
): readonly string[] | undefined {
  const again = path.indexOf(definition)
  // Walked against the flow, so told backwards.
  if (again >= 0) return [...path.slice(again), definition].map(({ name }) => name).reverse()
  if (done.has(definition)) return undefined
  for (const feeder of feeders(definition, all)) {
    const cycle = cycleFrom(feeder, all, [...path, definition], done)
    if (cycle !== undefined) return cycle
  }
  done.add(definition)
  return undefined
}

/** By actor name. The definitions have been checked: there is no cycle. */
export function stages(all: readonly Definition[]): ReadonlyMap<string, number> {
  assert(cycleIn(all) === undefined, "definitions are checked for cycles before their stages are asked for")
  const known = new Map<Definition, number>()
  const stageOf = (definition: Definition): number => {
    const before = known.get(definition)
    if (before !== undefined) return before
    const stage = Math.max(-1, ...feeders(definition, all).map(stageOf)) + 1
    known.set(definition, stage)
    return stage
  }
  return new Map(all.map((definition) => [definition.name, stageOf(definition)]))
}
