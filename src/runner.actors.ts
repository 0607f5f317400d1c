/** Owns: which actors and events a runner runs: the built-in ones, and those of a user's module. Never: running them. */

import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { knownEvents } from "./api/known-events.ts"
import { builtinActors, eventCounts, eventCountsOver } from "./builtin/actors.ts"
import type { AnyActor } from "./define/actor.ts"
import { requireSound } from "./define/check.ts"
import type { Definition } from "./define/definition.ts"
import type { AnyEvent } from "./define/event.ts"
import type { SomeEvent } from "./define/kit.ts"
import type { Registry } from "./define/registry.ts"

export interface KnownActors {
  readonly definitions: readonly Definition[]
  readonly registry: Registry
}

/** Throws Misuse that names every mistake in a definition. */
export async function knownActors(module: string | undefined): Promise<KnownActors> {
  const known = await loadActors(module)
  requireSound(known.definitions)
  return known
}

/** Whether or not they can be run. Throws Misuse for a module that cannot be loaded. */
export async function loadActors(module: string | undefined): Promise<KnownActors> {
  const registry = await knownEvents(module)
  const own = module === undefined ? [] : await actorsOfModule(module)
  const events = [...registry.events.values()].filter(isSomeEvent)
  const builtin = builtinActors.filter((actor) => actor !== eventCounts)
  const actors = [...builtin, eventCountsOver(events), ...own.filter((actor) => !builtinActors.includes(actor))]
  const definitions = [...new Set(actors.map(({ definition }) => definition))]
  return { definitions, registry }
}

/** `knownEvents` has loaded it before, and said what was wrong if it could not be. */
async function actorsOfModule(path: string): Promise<readonly AnyActor[]> {
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(resolve(path)).href)
  return Object.values(module).filter(isActor)
}

/** Every event is; only the type of what it is called with is lost in a registry. */
function isSomeEvent(event: AnyEvent): event is SomeEvent {
  return event.versions.has(event.version)
}

function isActor(exported: unknown): exported is AnyActor {
  if (typeof exported !== "object" || exported === null || !("definition" in exported)) return false
  const { definition } = exported
  return typeof definition === "object" && definition !== null && "sources" in definition && "slots" in definition
}
