/**
 * Owns: turning what a developer wrote into a Definition. Never throws for a mistake: it becomes a problem that check.ts
 * says at start, together with all others.
 */

import { explain } from "../base/errors.ts"
import type { AnyActor } from "./actor.ts"
import { callerOf } from "./caller.ts"
import { closedEventOf } from "./closed.ts"
import type { Definition, Problem, WindowDefinition, WindowStep } from "./definition.ts"
import { isClosed } from "./definition.ts"
import { DURATION_EXPECTED, parseDuration } from "./duration.ts"
import type { AnyEvent } from "./event.ts"
import { freeOf, stateFields } from "./free.ts"
import { keyOf } from "./key-define.ts"
import type { Measures } from "./kit.ts"
import { makeKit } from "./kit-make.ts"
import { derivedOf, fieldsOf, joinsOf, measuresOf, slotsOf } from "./parts.ts"
import type { Select } from "./select.ts"
import { type Window, windowLabel, windowName } from "./windows.ts"
import type { Written } from "./written.ts"

export const GRACE_UNLESS_SAID_MS = 30_000

export function definitionOf(name: string, written: Written): AnyActor {
  const problems: Problem[] = []
  const on = eventsIn(written.on, (i) => `on[${i}]`, problems)
  const key = keyOf(written, on, problems)
  const declared = written.state === undefined
  const measures = declared ? measured(written, on, key, problems) : {}
  const slots = slotsOf(measures)
  const tables = Object.entries(written.join ?? {}).filter(
    ([join, { spec }]) => eventsIn([spec.event], () => `join.${join}`, problems).length > 0,
  )
  const joins = joinsOf(tables, key)
  const derived = derivedOf(written.derive ?? {}, measures)
  const free = declared ? undefined : freeOf(written)
  const base = {
    name,
    version: written.version,
    title: written.title ?? titleOf(name),
    description: written.description,
    internal: written.internal ?? false,
    form: declared ? ("declared" as const) : ("free" as const),
    on,
    sources: [...new Set([...on, ...joins.map(({ event }) => event)])],
    key,
    windows: windowsOf(listOf<Window>(written.windows), on, problems),
    graceMs: graceOf(written, problems),
    joins,
    slots,
    measures: measuresOf(measures, slots),
    derived,
    free,
    fields: declared ? fieldsOf(measures, derived, joins) : stateFields(written),
    emits: eventsIn(written.emits, (i) => `emits[${i}]`, problems),
    onChange: written.onChange as WindowStep | undefined,
    onClose: written.onClose as WindowStep | undefined,
    keep: keepOf(written, problems),
    migrate: written.migrate,
    where: callerOf(),
    problems,
  }
  return actorOf(base, declared)
}

function actorOf(base: Omit<Definition, "closed">, declared: boolean): AnyActor {
  const makeClosed = closedEventOf(base)
  let closed: Definition["closed"]
  const closedOnce = () => {
    closed ??= makeClosed(definition)
    return closed
  }
  // Made when somebody listens: most actors' windows close without a word.
  const definition: Definition = Object.freeze({
    ...base,
    get closed() {
      return declared ? closedOnce() : undefined
    },
  })
  const actor = { name: base.name, definition }
  return declared ? Object.defineProperty(actor, "closed", { get: closedOnce, enumerable: true }) : actor
}

function measured(written: Written, on: readonly AnyEvent[], key: Definition["key"], problems: Problem[]): Measures {
  const windows = listOf<Window>(written.windows)
  const oncePerWindow = (by: Select) => {
    const known = key.plain && by.kind === "field" ? [...key.names, by.field] : []
    const whole = (event: AnyEvent) => isClosed(event) && event.closes.key.names.every((each) => known.includes(each))
    return windows.length > 0 && windows.every(({ kind }) => kind === "inherited") && on.every(whole)
  }
  try {
    return written.measures?.(makeKit({ on, oncePerWindow }) as never) ?? {}
  } catch (error) {
    const right = "return an object of measures made with `m`"
    problems.push({ field: "measures", reason: `the function failed: ${explain(error)}`, right })
    return {}
  }
}

function windowsOf(
  windows: readonly Window[],
  on: readonly AnyEvent[],
  problems: Problem[],
): readonly WindowDefinition[] {
  const found = windows.flatMap((window, i): readonly WindowDefinition[] => {
    if (window.kind === "malformed") {
      const right = `write ${DURATION_EXPECTED}`
      problems.push({ field: `windows[${i}]`, reason: `${window.reason} is not a duration`, right })
      return []
    }
    if (window.kind === "inherited") return inheritedFrom(on, `windows[${i}]`, problems)
    return [{ window, name: windowName(window), label: windowLabel(window), inherited: false }]
  })
  return found
}

function inheritedFrom(on: readonly AnyEvent[], field: string, problems: Problem[]): readonly WindowDefinition[] {
  const others = on.filter((event) => !isClosed(event)).map(({ type }) => type)
  if (others.length > 0) {
    const right = "listen to `<actor>.closed` only, or give it windows of its own"
    problems.push({ field, reason: `${others.join(", ")} has no window to inherit`, right })
  }
  const closed = on.filter(isClosed).flatMap(({ closes }) => closes.windows)
  return closed.map((window) => ({ ...window, inherited: true }))
}

/** What is inherited has been waited for already. */
function graceOf(written: Written, problems: Problem[]): number {
  if (written.grace !== undefined) return durationOf("grace", written.grace, problems) ?? 0
  return listOf<Window>(written.windows).some(({ kind }) => kind === "inherited") ? 0 : GRACE_UNLESS_SAID_MS
}

function keepOf({ keep }: Written, problems: Problem[]): Definition["keep"] {
  return {
    idleMs: durationOf("keep.idle", keep?.idle, problems),
    windowsMs: durationOf("keep.windows", keep?.windows, problems),
  }
}

function durationOf(field: string, text: string | undefined, problems: Problem[]): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  problems.push({ field, reason: `${JSON.stringify(text)} is not a duration`, right: `write ${DURATION_EXPECTED}` })
  return undefined
}

/** What is none is said once, and then left out, so that the rest can be looked at. */
function eventsIn(
  list: readonly AnyEvent[] | undefined,
  field: (i: number) => string,
  problems: Problem[],
): readonly AnyEvent[] {
  return listOf<AnyEvent>(list).filter((event, i) => {
    if (typeof event === "function" && event.versions instanceof Map) return true
    const right = "name events made by `event(…)`, or an actor's `closed`"
    problems.push({ field: field(i), reason: "this is not an event", right })
    return false
  })
}

function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : []
}

function titleOf(name: string): string {
  const words = String(name).replaceAll("_", " ")
  return words.charAt(0).toUpperCase() + words.slice(1)
}
