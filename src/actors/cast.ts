/**
 * Owns: what the machine needs to know of a generation's actors, worked out once: stages, views, hold-backs, which of
 * them keep what. Never: state.
 *
 * H1 an actor's emits have stamps of at least its stage's watermark less its hold-back; so a stage's watermark is the
 *    least of what the lanes it listens to promise: INGEST lanes their own, a loop lane for each feeder the watermark
 *    of the feeder's stage less the feeder's hold-back.
 */

import { type ClosedEvent, type Definition, isClosed, type MeasureDefinition } from "../define/definition.ts"
import type { TypePlan } from "../define/plan.ts"
import { feeders, stages } from "../define/stages.ts"
import { longestMs } from "../define/windows.ts"
import type { Routes } from "../streams/route/routes.ts"
import { type View, viewsOf } from "../streams/views.ts"

export interface Part {
  readonly number: number
  readonly definition: Definition
  /** By the type numbers of records. */
  readonly types: readonly TypePlan[]
  readonly stage: number
  /** View numbers; -1 where there is none. */
  readonly totalsView: number
  readonly windowViews: readonly number[]
  readonly keepsTotals: boolean
  /** Instances may come to hold nothing at all. */
  readonly fleeting: boolean
  /** Inputs wait until the watermark passes them. */
  readonly ordered: boolean
  /** Somebody listens to its closed windows. */
  readonly closed: ClosedEvent | undefined
  /** Of closings and timers, and of what the free form emits; `onChange` holds back the longest window, too. */
  readonly holdBackMs: number
  readonly changeHoldBackMs: number
  /** Slots of measures that users wrote: they may throw. */
  readonly custom: readonly number[]
  /** By slot: the measures that read it. */
  readonly readers: readonly (readonly MeasureDefinition[])[]
  /** About how long a row is in a frame. */
  readonly rowBytes: number
}

export interface Cast {
  readonly parts: readonly Part[]
  readonly views: readonly View[]
  readonly stages: number
  /** By stage, for each of its feeders: what its promise is made of. */
  readonly feeds: readonly (readonly Feed[])[]
  /** By stage: how far its watermark stays behind INGEST's at least. */
  readonly behindMs: readonly number[]
}

interface Feed {
  readonly stage: number
  readonly holdBackMs: number
}

export function castOf(routes: Routes): Cast {
  const { actors } = routes
  const stageOf = stages(actors)
  const views = viewsOf(actors)
  const parts = actors.map((definition, number) => partOf(definition, number, routes, stageOf, views))
  const count = Math.max(0, ...parts.map(({ stage }) => stage)) + 1
  const feeds = Array.from({ length: count }, (_, stage) => feedsOf(stage, parts, actors))
  const behindMs: number[] = []
  for (const of of feeds) behindMs.push(Math.max(0, ...of.map((feed) => behindMs[feed.stage]! + feed.holdBackMs)))
  return { parts, views, stages: count, feeds, behindMs }
}

/** What a loop lane whose shard has the watermarks (by stage) promises to a stage. */
export function promised(feeds: readonly Feed[], watermarks: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY
  for (const { stage, holdBackMs } of feeds) {
    least = Math.min(least, (watermarks[stage] ?? Number.NEGATIVE_INFINITY) - holdBackMs)
  }
  return least
}

function partOf(
  definition: Definition,
  number: number,
  { byType, actors }: Routes,
  stageOf: ReadonlyMap<string, number>,
  views: readonly View[],
): Part {
  const { name, form, windows, internal, graceMs, keep, free, onChange, slots, measures } = definition
  const own = views.filter((view) => view.definition === definition)
  const viewOf = (window: number | null) => own.find((view) => view.window === window)?.number ?? -1
  const holdBackMs = graceMs + 1
  const spans = windows.map(({ window }) => (window.kind === "session" ? 0 : longestMs(window)))
  const routes = byType.values().flatMap((each) => each.filter(({ actor }) => actor === number))
  const keepsTotals = form === "declared" && (!internal || windows.length === 0 || keep.idleMs !== undefined)
  const types = [...routes].sort((a, b) => a.type - b.type).map(({ plan }) => plan)
  return {
    number,
    definition,
    types,
    stage: stageOf.get(name) ?? 0,
    totalsView: viewOf(null),
    windowViews: windows.map((_, i) => viewOf(i)),
    keepsTotals,
    fleeting: form === "declared" && !keepsTotals,
    ordered: free !== undefined ? !free.unordered : onChange !== undefined,
    closed: listenedTo(definition, actors),
    holdBackMs,
    changeHoldBackMs: holdBackMs + Math.max(0, ...spans),
    custom: slots.flatMap(({ type }, i) => (type.custom === true ? [i] : [])),
    readers: slots.map((_, at) => Object.values(measures).filter((measure) => measure.at === at)),
    rowBytes: rowBytesOf(definition),
  }
}

/** Made only when somebody listens: most actors' windows close without a word. */
function listenedTo(definition: Definition, actors: readonly Definition[]): ClosedEvent | undefined {
  const heard = actors.some(({ sources }) => sources.some((event) => isClosed(event) && event.closes === definition))
  return heard ? definition.closed : undefined
}

function feedsOf(stage: number, parts: readonly Part[], actors: readonly Definition[]): readonly Feed[] {
  const members = parts.filter((part) => part.stage === stage)
  const from = new Set(members.flatMap(({ definition }) => feeders(definition, actors)))
  return parts
    .filter(({ definition }) => from.has(definition))
    .map((part) => ({
      stage: part.stage,
      holdBackMs: part.definition.onChange === undefined ? part.holdBackMs : part.changeHoldBackMs,
    }))
}

/** Lists and states may be long: what is too much here only makes frames a little smaller. */
function rowBytesOf({ fields }: Definition): number {
  let bytes = 96
  for (const { type } of fields) bytes += type === "json" ? 512 : type === "text" ? 48 : 9
  return bytes
}
