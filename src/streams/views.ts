/**
 * Owns: which views a generation has, and their numbers in frames: made from its definitions alone, so that shards,
 * projectors and gateways number them alike. Never: rows.
 */

import type { Definition, Field, WindowDefinition } from "../define/definition.ts"

export interface View {
  /** Its number: where it stands in the list. */
  readonly number: number
  /** `post_engagement_totals`, `post_engagement_1h_by_5m`. */
  readonly name: string
  readonly definition: Definition
  /** Which of the definition's windows; null: totals. */
  readonly window: number | null
  /** A row's values stand in this order. */
  readonly columns: readonly Field[]
  /** How long rows of windows stay; undefined: for good. */
  readonly keepMs: number | undefined
}

/** `actors`: as in the generation's routes. Internal actors have no views. */
export function viewsOf(actors: readonly Definition[]): readonly View[] {
  const views: View[] = []
  const add = (definition: Definition, window: number | null, of: WindowDefinition | undefined) => {
    const { name, fields, keep } = definition
    views.push({
      number: views.length,
      name: `${name}_${of?.name ?? "totals"}`,
      definition,
      window,
      columns: fields,
      keepMs: window === null ? undefined : keep.windowsMs,
    })
  }
  for (const definition of actors) {
    if (definition.internal) continue
    add(definition, null, undefined)
    definition.windows.forEach((window, i) => {
      add(definition, i, window)
    })
  }
  return views
}
