/**
 * Owns: who listens to what, and which shard an instance lives in. Never: reading events.
 *
 * The numbers of actors and types are part of the wire between routers and shards; both are made from the same
 * definitions, whose fingerprint the generation pins.
 */

import { fnv1a, mix32 } from "../../base/hash.ts"
import type { Definition } from "../../define/definition.ts"
import { plansOf, type TypePlan } from "../../define/plan.ts"

export interface Route {
  readonly actor: number
  /** The event's place among the actor's sources. */
  readonly type: number
  readonly plan: TypePlan
}

export interface Routes {
  /** By number: in the order of names. */
  readonly actors: readonly Definition[]
  readonly byType: ReadonlyMap<string, readonly Route[]>
}

export function routesOf(definitions: readonly Definition[]): Routes {
  const actors = [...definitions].sort((a, b) => (a.name < b.name ? -1 : 1))
  const byType = new Map<string, Route[]>()
  actors.forEach((definition, actor) => {
    plansOf(definition).forEach((plan, type) => {
      const routes = byType.get(plan.event.type) ?? []
      byType.set(plan.event.type, [...routes, { actor, type, plan }])
    })
  })
  return { actors, byType }
}

/** All actors' instances of one key live together, so that a key's views move together. */
export function shardOf(tenant: string, key: string, shards: number): number {
  return mix32(fnv1a(key, fnv1a(tenant) ^ SEPARATOR)) % shards
}

/** Keeps ("ab", "c") and ("a", "bc") apart. */
const SEPARATOR = 0x5bd1e995

/** Where facts and rejected events of a message leave: anywhere, but the same on every replay. */
export function homeShard(lane: number, sequence: number, shards: number): number {
  return mix32(Math.imul(lane + 1, 0x9e3779b1) ^ mix32(sequence % 2 ** 32)) % shards
}
