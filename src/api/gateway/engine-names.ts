/**
 * Owns: what the numbers in frames and letters stand for: actors, their events, views and columns.
 * Never: guessing: where a generation runs with other code than this, a number stays a number.
 */

import type { Definition } from "../../define/definition.ts"
import { routesOf } from "../../streams/route/routes.ts"
import { type View, viewsOf } from "../../streams/views.ts"

export interface EngineNames {
  actor(number: number): string
  type(actor: number, type: number): string
  view(number: number): Pick<View, "name" | "columns">
}

const numbered = (number: number) => `#${number}`

export const NO_NAMES: EngineNames = {
  actor: numbered,
  type: (_, type) => numbered(type),
  view: (number) => ({ name: numbered(number), columns: [] }),
}

export function engineNames(definitions: readonly Definition[]): EngineNames {
  const { actors } = routesOf(definitions)
  const views = viewsOf(actors)
  return {
    actor: (number) => actors[number]?.name ?? NO_NAMES.actor(number),
    type: (actor, type) => actors[actor]?.sources[type]?.type ?? NO_NAMES.type(actor, type),
    view: (number) => views[number] ?? NO_NAMES.view(number),
  }
}
