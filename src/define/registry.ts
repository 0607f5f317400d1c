/**
 * Owns: all events of one application by type, and what reads each version of them. Never: who listens to what.
 *
 * R1 one type has one definition.
 * R2 the fingerprint changes when any version of any event changes its form, comes or goes.
 */

import { Misuse } from "../base/errors.ts"
import type { AnyEvent } from "./event.ts"
import { fingerprint, schemaFingerprint } from "./fingerprint.ts"
import { type EventReader, eventReader } from "./reader.ts"

export interface EventFingerprint {
  readonly type: string
  readonly version: number
  readonly fingerprint: string
}

export interface Registry {
  readonly events: ReadonlyMap<string, AnyEvent>
  /** Without a version: the type's pinned one. Nothing when the type or the version is not declared. */
  reader(type: string, version: number | undefined): EventReader | undefined
  /** By type, then version. */
  fingerprints(): readonly EventFingerprint[]
  /** Of all of them together. */
  fingerprint(): string
}

/** The same definition may be named more than once: several actors listen to it. */
export function registryOf(definitions: Iterable<AnyEvent>): Registry {
  const events = new Map<string, AnyEvent>()
  for (const definition of definitions) {
    const known = events.get(definition.type)
    if (known !== undefined && known !== definition) throw declaredTwice(definition.type)
    events.set(definition.type, definition)
  }
  const readers = new Map([...events].map(([type, definition]) => [type, readersOf(definition)]))
  const fingerprints = () => [...events.keys()].sort().flatMap((type) => fingerprintsOf(events.get(type)!))
  return {
    events,
    reader: (type, version) => readers.get(type)?.get(version),
    fingerprints,
    fingerprint: () => fingerprint(fingerprints()),
  }
}

function declaredTwice(type: string): Misuse {
  const hint = "give one of them another type, or make the one a newer version of the other with `from`"
  return new Misuse({ operation: "collecting events", reason: `the type ${type} is declared twice`, hint })
}

/** `undefined` is a message that names no version. */
function readersOf(definition: AnyEvent): ReadonlyMap<number | undefined, EventReader> {
  const readers = new Map<number | undefined, EventReader>()
  for (const version of definition.versions.keys()) readers.set(version, eventReader(definition, version))
  return readers.set(undefined, readers.get(definition.pinned)!)
}

function fingerprintsOf({ type, versions }: AnyEvent): readonly EventFingerprint[] {
  return [...versions.values()].map(({ version, codec }) => ({ type, version, fingerprint: schemaFingerprint(codec) }))
}
