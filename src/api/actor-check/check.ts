/**
 * Owns: what the code at hand needs, next to the generation that runs: actor by actor, event by event, and together.
 * Never: reading either of them, or words for a terminal. Pure.
 */

import { isDeepStrictEqual } from "node:util"
import { generationFingerprint } from "../../actors/generation.ts"
import {
  type DescribedActor,
  describeGeneration,
  type GenerationDescription,
} from "../../actors/generation-description.ts"
import { type ActorProblem, problemsOf } from "../../define/check.ts"
import type { Definition } from "../../define/definition.ts"
import type { EventFingerprint, Registry } from "../../define/registry.ts"
import { type Change, changesOf } from "./compare.ts"
import { most, type Needs } from "./needs.ts"

export interface Code {
  readonly definitions: readonly Definition[]
  readonly registry: Registry
  readonly shards: number
  readonly outOfOrderMs: number
}

/** What runs: nothing at all before its first runner came. */
export interface Running {
  readonly generation: number
  readonly fingerprint: string | undefined
  readonly description: GenerationDescription | undefined
}

export interface ActorCheck {
  /** The code at hand is sound, and can go on with what runs. */
  readonly passed: boolean
  /** `differs`: other code runs, and what it was is not known. */
  readonly verdict: "unsound" | "nothing runs" | "same" | "changed" | "differs"
  readonly needs: Needs
  readonly generation: { readonly number: number; readonly fingerprint: string | null }
  /** Of the code at hand; nothing while it is unsound. */
  readonly fingerprint: string | null
  readonly problems: readonly ActorProblem[]
  readonly actors: readonly ActorVerdict[]
  readonly events: readonly EventVerdict[]
  /** Shards, out-of-orderness. */
  readonly settings: readonly Change[]
}

export interface ActorVerdict {
  readonly actor: string
  /** "actors.ts:12"; empty for one that is gone. */
  readonly where: string
  readonly is: "unchanged" | "new" | "gone" | "changed"
  readonly needs: Needs
  readonly changes: readonly Change[]
  /** What is still to be done about them, in the order in which to do it. */
  readonly todo: readonly string[]
}

export interface EventVerdict {
  readonly type: string
  readonly version: number
  readonly is: "new" | "gone" | "changed"
  readonly needs: Needs
  readonly says: string
}

export function checkActors(code: Code, running: Running): ActorCheck {
  const generation = { number: running.generation, fingerprint: running.fingerprint ?? null }
  const problems = problemsOf(code.definitions)
  const nothing = { needs: "nothing", problems, actors: [], events: [], settings: [] } as const
  if (problems.length > 0) return { passed: false, verdict: "unsound", generation, fingerprint: null, ...nothing }
  const fingerprint = generationFingerprint({ ...code, number: running.generation })
  const common = { generation, fingerprint, ...nothing }
  if (running.fingerprint === undefined) return { passed: true, verdict: "nothing runs", ...common }
  const same = running.fingerprint === fingerprint
  const { description } = running
  if (description?.fingerprint !== running.fingerprint) {
    return { passed: same, verdict: same ? "same" : "differs", ...common, needs: same ? "nothing" : "reprocess" }
  }
  const now = describeGeneration(code, fingerprint)
  const actors = actorVerdicts(code.definitions, description, now)
  const events = eventVerdicts(description.events, now.events)
  const settings = settingChanges(description, now)
  const needs = most([...actors, ...events, ...settings].map((each) => each.needs))
  return { passed: same, verdict: same ? "same" : "changed", ...common, needs, actors, events, settings }
}

function actorVerdicts(
  definitions: readonly Definition[],
  before: GenerationDescription,
  now: GenerationDescription,
): readonly ActorVerdict[] {
  const old = new Map(before.actors.map((actor) => [actor.name, actor]))
  const code = new Map(definitions.map((definition) => [definition.name, definition]))
  const here = now.actors.map((actor) => actorVerdict(old.get(actor.name), actor, code.get(actor.name)!))
  const gone = before.actors.filter(({ name }) => !code.has(name)).map(goneVerdict)
  return [...here, ...gone]
}

function actorVerdict(before: DescribedActor | undefined, now: DescribedActor, definition: Definition): ActorVerdict {
  const { name: actor, where } = definition
  if (before === undefined) {
    const todo = ["seed the new generation from the log for it to have the past; from a savepoint it begins empty"]
    return { actor, where, is: "new", needs: "reprocess", changes: [], todo }
  }
  const changes = changesOf(before, now)
  const needs = most(changes.map((change) => change.needs))
  const is = changes.length === 0 ? "unchanged" : "changed"
  return { actor, where, is, needs, changes, todo: todoOf(before, definition, changes) }
}

function goneVerdict({ name: actor }: DescribedActor): ActorVerdict {
  const todo = ["nothing: its state and views stay behind with the generation"]
  return { actor, where: "", is: "gone", needs: "version", changes: [], todo }
}

function todoOf(before: DescribedActor, { version, migrate }: Definition, changes: readonly Change[]): string[] {
  const pinned = Number(before.means.version)
  const lost = changes.filter(({ needs }) => needs === "migrate").map(({ part }) => part)
  const past = changes.filter(({ needs }) => needs === "reprocess").map(({ part }) => part)
  const matters = changes.some(({ needs }) => needs !== "nothing")
  return [
    ...(matters && version <= pinned ? [`raise version to ${pinned + 1}`] : []),
    ...(lost.length > 0 && migrate === undefined ? [`add migrate, or it begins empty: ${lost.join(", ")}`] : []),
    ...(past.length > 0 ? [`seed the new generation from the log: no state has the past of ${past.join(", ")}`] : []),
  ]
}

function eventVerdicts(before: readonly EventFingerprint[], now: readonly EventFingerprint[]): readonly EventVerdict[] {
  const nameOf = ({ type, version }: EventFingerprint) => `${type} ${version}`
  const old = new Map(before.map((event) => [nameOf(event), event]))
  const next = new Set(now.map(nameOf))
  const here = now.flatMap((event): EventVerdict[] => {
    const { type, version } = event
    const known = old.get(nameOf(event))
    if (known === undefined) return [{ type, version, is: "new", needs: "version", says: "can be read from now on" }]
    if (isDeepStrictEqual(known, event)) return []
    const says = "has another form under the same version: millrace schema check says whether what is stored fits"
    return [{ type, version, is: "changed", needs: "version", says }]
  })
  const gone = before
    .filter((event) => !next.has(nameOf(event)))
    .map(({ type, version }): EventVerdict => {
      return { type, version, is: "gone", needs: "version", says: "what is stored of it becomes a dead letter" }
    })
  return [...here, ...gone]
}

function settingChanges(before: GenerationDescription, now: GenerationDescription): readonly Change[] {
  const shards = before.shards !== now.shards
  const order = before.outOfOrderMs !== now.outOfOrderMs
  const arrow = (name: "shards" | "outOfOrderMs") => `${before[name]} → ${now[name]}`
  return [
    ...(shards ? [{ part: "shards", needs: "version", says: `${arrow("shards")}: keys live elsewhere` } as const] : []),
    ...(order
      ? [{ part: "outOfOrderMs", needs: "reprocess", says: `${arrow("outOfOrderMs")}: others are late` } as const]
      : []),
  ]
}
