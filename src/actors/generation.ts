/**
 * Owns: what a generation is pinned to: the code and the number of shards that its log was routed with.
 * Never: making a new one (reprocess, cutover).
 */

import { Misuse } from "../base/errors.ts"
import { definitionsFingerprint } from "../define/actor-fingerprint.ts"
import type { Definition } from "../define/definition.ts"
import { fingerprint } from "../define/fingerprint.ts"
import type { Registry } from "../define/registry.ts"
import { Conflict, type Store } from "../streams/store.ts"
import { describeGeneration, keepDescription } from "./generation-description.ts"

export interface Generation {
  readonly number: number
  readonly shards: number
  readonly outOfOrderMs: number
  readonly definitions: readonly Definition[]
  readonly registry: Registry
}

export const generationKey = (generation: number) => `generation.${generation}`

/** Changes when a replay with this code would not give the same frames. */
export function generationFingerprint({ shards, outOfOrderMs, definitions, registry }: Generation): string {
  return fingerprint([definitionsFingerprint(definitions), registry.fingerprint(), shards, outOfOrderMs])
}

/** The first to come pins it; whoever has other code is refused, before it owns anything. */
export async function pinGeneration(control: Store, generation: Generation): Promise<void> {
  const key = generationKey(generation.number)
  const own = generationFingerprint(generation)
  const pinned = (await control.get(key)) ?? (await create(control, key, own))
  const theirs = pinned === undefined ? own : Buffer.from(pinned.value).toString("utf8")
  if (theirs === own) return keepDescription(control, generation.number, describeGeneration(generation, own))
  throw new Misuse({
    operation: `work generation ${generation.number}`,
    reason: `it runs with other actors or events (${theirs}) than these (${own}): its lanes and shards are not for this build`,
    hint: "changed code is a new generation: `millrace reprocess`; to go on as before, start with the code it began with",
  })
}

async function create(control: Store, key: string, own: string) {
  try {
    await control.put(key, Buffer.from(own, "utf8"), { revision: 0 })
    return undefined
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    return control.get(key)
  }
}
