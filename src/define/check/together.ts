/** Owns: what only shows with all definitions at hand: unknown events, names taken twice, cycles. */

import { type Definition, isClosed, type Problem } from "../definition.ts"
import type { AnyEvent } from "../event.ts"
import { cycleIn } from "../stages.ts"

export interface Found {
  readonly definition: Definition
  readonly problem: Problem
}

export function togetherProblems(all: readonly Definition[], events?: readonly AnyEvent[]): readonly Found[] {
  return [...twice(all), ...all.flatMap((definition) => unknown(definition, all, events)), ...cycles(all)]
}

/** Views are `<actor>_totals` and `<actor>_<window>`: two actors may meet in one without having the same name. */
function twice(all: readonly Definition[]): readonly Found[] {
  const owners = new Map<string, Definition>()
  return all.flatMap((definition) => {
    const { name, windows } = definition
    const views = [`${name}_totals`, ...windows.map((window) => `${name}_${window.name}`)]
    const taken = views.find((view) => (owners.get(view) ?? definition) !== definition)
    for (const view of views) if (!owners.has(view)) owners.set(view, definition)
    if (taken === undefined) return []
    const reason = `the view ${taken} is ${owners.get(taken)!.name}'s already`
    return [{ definition, problem: { field: "name", reason, right: "name one of the actors differently" } }]
  })
}

function unknown(
  definition: Definition,
  all: readonly Definition[],
  events: readonly AnyEvent[] | undefined,
): readonly Found[] {
  const { on, joins, emits } = definition
  const used = [
    ...on.map((event, i) => ({ event, field: `on[${i}]` })),
    ...joins.map(({ event, name }) => ({ event, field: `join.${name}` })),
    ...emits.map((event, i) => ({ event, field: `emits[${i}]` })),
  ]
  return used.flatMap(({ event, field }) => {
    const problem = unknownProblem(event, field, all, events)
    return problem === undefined ? [] : [{ definition, problem }]
  })
}

function unknownProblem(
  event: AnyEvent,
  field: string,
  all: readonly Definition[],
  events: readonly AnyEvent[] | undefined,
): Problem | undefined {
  if (isClosed(event)) {
    if (all.includes(event.closes)) return undefined
    const right = `hand it over with the others: there are ${all.map(({ name }) => name).join(", ")}`
    return { field, reason: `the actor ${event.closes.name} is not among those that are run`, right }
  }
  if (events === undefined || events.includes(event)) return undefined
  const right = `declared are ${events.map(({ type }) => type).join(", ")}`
  return { field, reason: `the event ${event.type} is not declared`, right }
}

function cycles(all: readonly Definition[]): readonly Found[] {
  const cycle = cycleIn(all)
  if (cycle === undefined) return []
  const definition = all.find(({ name }) => name === cycle[0])!
  const reason = `events would go round: ${cycle.join(" → ")}`
  return [{ definition, problem: { field: "emits", reason, right: "break the circle: emit another event" } }]
}
