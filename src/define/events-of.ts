/** Owns: which events definitions take part in: what a registry must know to run them. Never: reading them. */

import type { Definition } from "./definition.ts"
import type { AnyEvent } from "./event.ts"

/** What they listen to, join and emit, each once: `closed` events among them, if somebody listens. */
export function eventsOf(all: readonly Definition[]): readonly AnyEvent[] {
  return [...new Set(all.flatMap(({ sources, emits }) => [...sources, ...emits]))]
}
