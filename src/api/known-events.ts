/** Owns: every event that is known here: the built-in ones, and those of a user's module. Never: running actors. */

import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Failure, Misuse } from "../base/errors.ts"
import { BUILTIN_EVENTS } from "../builtin/events.ts"
import type { AnyEvent } from "../define/event.ts"
import { type Registry, registryOf } from "../define/registry.ts"

export async function knownEvents(actors: string | undefined): Promise<Registry> {
  const own = actors === undefined ? [] : await eventsOfModule(actors)
  return registryOf([...BUILTIN_EVENTS, ...own])
}

/** What it exports as events, and what its actors listen to and emit. */
async function eventsOfModule(path: string): Promise<readonly AnyEvent[]> {
  const found = Object.values(await load(path)).flatMap(eventsIn)
  if (found.length > 0) return found
  throw new Misuse({
    operation: `load ${path}`,
    reason: "it exports neither an event nor an actor",
    hint: "export what event(…) and actor(…) gave you",
  })
}

async function load(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path)
  if (!existsSync(file)) throw new Misuse({ operation: `load ${path}`, reason: "there is no such file" })
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href)
    return module
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    throw new Misuse({ operation: `load ${path}`, reason })
  }
}

function eventsIn(exported: unknown): readonly AnyEvent[] {
  if (isEvent(exported)) return [exported]
  if (typeof exported !== "object" || exported === null || !("definition" in exported)) return []
  const { definition } = exported
  if (typeof definition !== "object" || definition === null) return []
  return ["sources", "emits"].flatMap((name) => [Reflect.get(definition, name) ?? []].flat().filter(isEvent))
}

function isEvent(value: unknown): value is AnyEvent {
  return typeof value === "function" && "versions" in value && "keyField" in value && "pinned" in value
}
