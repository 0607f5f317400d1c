/**
 * Owns: what a generation's code said of itself, kept beside its fingerprint: so that changed code can be told apart
 * from it in words. Never: deciding whether code may own a generation: that is the fingerprint's (generation.ts).
 *
 * One JSON document, gzipped. Version 1: {wire, fingerprint, shards, outOfOrderMs, events, actors}.
 */

import { isDeepStrictEqual } from "node:util"
import { gunzipSync, gzipSync } from "node:zlib"
import { CONTROL_VALUE_BYTES_MAX } from "../base/limits.ts"
import { describeDefinition } from "../define/actor-fingerprint.ts"
import type { Definition } from "../define/definition.ts"
import type { EventFingerprint } from "../define/registry.ts"
import { Conflict, type Store } from "../streams/store.ts"
import type { Generation } from "./generation.ts"

export const DESCRIPTION_WIRE = 1

export type Part = Readonly<Record<string, unknown>>

export interface DescribedActor {
  readonly name: string
  /** Changes with the fingerprint: as describeDefinition says it, in plain JSON. */
  readonly means: Part
  /** For people, and free to change: titles, descriptions, units. */
  readonly words: Part
}

export interface GenerationDescription {
  readonly wire: typeof DESCRIPTION_WIRE
  readonly fingerprint: string
  readonly shards: number
  readonly outOfOrderMs: number
  readonly events: readonly EventFingerprint[]
  /** By name. */
  readonly actors: readonly DescribedActor[]
}

export const descriptionKey = (generation: number) => `generation.${generation}.definitions`

export function describeGeneration(generation: Omit<Generation, "number">, fingerprint: string): GenerationDescription {
  const { shards, outOfOrderMs, definitions, registry } = generation
  const actors = definitions.map(describeActor).sort((a, b) => (a.name < b.name ? -1 : 1))
  return { wire: DESCRIPTION_WIRE, fingerprint, shards, outOfOrderMs, events: registry.fingerprints(), actors }
}

function describeActor(definition: Definition): DescribedActor {
  const { name, title, description, fields } = definition
  const words = fields.map((field) => [field.name, { unit: field.unit, description: field.description }])
  return {
    name,
    means: asJson(describeDefinition(definition)),
    words: asJson({ title, description, fields: Object.fromEntries(words) }),
  }
}

/** As it will be read: what JSON leaves out is left out. */
function asJson(value: object): Part {
  return partOf(JSON.parse(JSON.stringify(value)))
}

/** By whoever runs the pinned code, the newest words winning. One that would be too large is not kept. */
export async function keepDescription(control: Store, number: number, description: GenerationDescription) {
  const key = descriptionKey(number)
  const kept = await control.get(key)
  if (kept !== undefined && isDeepStrictEqual(decode(kept.value), description)) return
  const bytes = gzipSync(JSON.stringify(description))
  if (bytes.length > CONTROL_VALUE_BYTES_MAX) return
  try {
    await control.put(key, bytes, { revision: kept?.revision ?? 0 })
  } catch (error) {
    // Another runner of the same code was quicker.
    if (!(error instanceof Conflict)) throw error
  }
}

/** Nothing if none was kept, or not in a way that this build knows. */
export async function readDescription(control: Store, number: number): Promise<GenerationDescription | undefined> {
  const kept = await control.get(descriptionKey(number))
  return kept === undefined ? undefined : decode(kept.value)
}

function decode(bytes: Uint8Array): GenerationDescription | undefined {
  const { wire, fingerprint, shards, outOfOrderMs, events, actors } = partOf(JSON.parse(gunzipSync(bytes).toString()))
  if (wire !== DESCRIPTION_WIRE || typeof fingerprint !== "string") return undefined
  if (typeof shards !== "number" || typeof outOfOrderMs !== "number") return undefined
  return {
    ...{ wire, fingerprint, shards, outOfOrderMs },
    events: listOf(events).map((event) => {
      const { type, version, fingerprint: form } = partOf(event)
      return { type: String(type), version: Number(version), fingerprint: String(form) }
    }),
    actors: listOf(actors).map((actor) => {
      const { name, means, words } = partOf(actor)
      return { name: String(name), means: partOf(means), words: partOf(words) }
    }),
  }
}

function partOf(value: unknown): Part {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {}
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
