/**
 * Owns: what changed between two descriptions of one actor, part by part, and what each change needs.
 * Never: where descriptions come from, or what to do about all of them together (check.ts). Pure.
 *
 * P1 what changes the fingerprint is named by at least one change that needs more than nothing.
 */

import { isDeepStrictEqual } from "node:util"
import type { DescribedActor, Part } from "../../actors/generation-description.ts"
import type { Needs } from "./needs.ts"

export interface Change {
  /** "windows", "measures.likes". */
  readonly part: string
  readonly says: string
  readonly needs: Needs
}

type Compare = (before: Part, now: Part) => readonly Change[]

export function changesOf(before: DescribedActor, now: DescribedActor): readonly Change[] {
  const known = COMPARES.flatMap((compare) => compare(before.means, now.means))
  return [...known, ...otherChanges(before.means, now.means, known), ...wordChanges(before.words, now.words)]
}

/** A part that is one value, with the words for what becomes of it. */
function whole(part: string, needs: Needs, says: (before: unknown, now: unknown) => string): Compare {
  return (before, now) => {
    if (isDeepStrictEqual(before[part], now[part])) return []
    return [{ part, needs, says: says(before[part], now[part]) }]
  }
}

const arrow = (before: unknown, now: unknown) => `${short(before)} → ${short(now)}`
const code = (what: string, then: string) => () => `its code is another; ${then} (${what})`

const NAMED_IN_PLACE = "what has happened so far stays as it is, the new code takes it from there"

const COMPARES: readonly Compare[] = [
  whole("version", "version", (before, now) => `raised or lowered: ${arrow(before, now)}`),
  whole("form", "reprocess", (before, now) => `${arrow(before, now)}: no state of the one is state of the other`),
  whole("internal", "version", (_, now) => (now === true ? "has no views any more" : "has views from now on")),
  compareEvents,
  whole("key", "reprocess", (before, now) => `${arrow(keyText(before), keyText(now))}: its instances are others`),
  compareWindows,
  whole("graceMs", "version", (before, now) => `${arrow(before, now)} ms: what was late stays late`),
  (before, now) => named("joins", "join", before, now, "reprocess", "its newest values are not in the state"),
  compareMeasures,
  (before, now) =>
    named("derived", "field", before, now, "version", "computed from the measures, so rows show it at once"),
  whole("emits", "version", (before, now) => `${arrow(before, now)}: what was emitted stays`),
  whole("keep", "version", (before, now) => arrow(before, now)),
  whole("onChange", "version", code("onChange", NAMED_IN_PLACE)),
  whole("onClose", "version", code("onClose", NAMED_IN_PLACE)),
  compareFree,
]

function compareEvents(before: Part, now: Part): readonly Change[] {
  const [old, next] = [pairsOf(before.on), pairsOf(now.on)]
  const changes: Change[] = []
  for (const [type, version] of next) {
    const known = old.get(type)
    if (known === undefined) {
      changes.push({
        part: "on",
        needs: "reprocess",
        says: `listens to ${type}, too: those of the past are in the log alone`,
      })
    } else if (known !== version) {
      changes.push({ part: "on", needs: "version", says: `reads ${type} as version ${version}, not ${known}` })
    }
  }
  for (const type of old.keys()) {
    if (next.has(type)) continue
    changes.push({ part: "on", needs: "version", says: `no longer listens to ${type}: those of the past stay counted` })
  }
  if (changes.length === 0 && !isDeepStrictEqual(before.on, now.on)) {
    changes.push({ part: "on", needs: "version", says: "listens in another order" })
  }
  return changes
}

function compareWindows(before: Part, now: Part): readonly Change[] {
  const [old, next] = [textsOf(before.windows), textsOf(now.windows)]
  const added = next.filter((window) => !old.includes(window))
  const gone = old.filter((window) => !next.includes(window))
  const changes: Change[] = [
    ...added.map((window): Change => {
      return {
        part: "windows",
        needs: "reprocess",
        says: `${window} is new: its panes of the past are not in the state`,
      }
    }),
    ...gone.map((window): Change => ({ part: "windows", needs: "version", says: `${window} is gone, with its rows` })),
  ]
  if (changes.length > 0 || isDeepStrictEqual(old, next)) return changes
  return [{ part: "windows", needs: "version", says: "in another order" }]
}

/** Where a state stands in a pane follows from the others; two with the same inputs and kind read each other's states. */
function compareMeasures(before: Part, now: Part): readonly Change[] {
  const [old, next] = [byName(before.measures, "measure"), byName(now.measures, "measure")]
  const changes: Change[] = []
  for (const [name, measure] of next) {
    const part = `measures.${name}`
    const known = old.get(name)
    if (known === undefined)
      changes.push({ part, needs: "reprocess", says: "new: what it would have counted so far is in the log alone" })
    else if (!isDeepStrictEqual(without(known, ["at"]), without(measure, ["at"])))
      changes.push(changedMeasure(part, known, measure))
  }
  for (const name of old.keys()) {
    if (!next.has(name)) changes.push({ part: `measures.${name}`, needs: "version", says: "gone, with its state" })
  }
  if (changes.length === 0 && !isDeepStrictEqual(before.measures, now.measures)) {
    changes.push({ part: "measures", needs: "version", says: "in another order" })
  }
  return changes
}

function changedMeasure(part: string, known: Part, measure: Part): Change {
  const state = ["kind", "params", "of", "where", "selects"].filter(
    (name) => !isDeepStrictEqual(known[name], measure[name]),
  )
  const says = differences(known, measure, ["at"])
  if (state.length === 0) return { part, needs: "version", says: `read otherwise from the same state: ${says}` }
  return { part, needs: "migrate", says: `its state so far is of something else: ${says}` }
}

function compareFree(before: Part, now: Part): readonly Change[] {
  const [old, next] = [asPart(before.free), asPart(now.free)]
  if (old === undefined || next === undefined) return []
  return [
    ...whole("state", "migrate", (a, b) => `${arrow(a, b)}: states so far are of the old schema`)(old, next),
    ...whole("initial", "version", (a, b) => `${arrow(a, b)}: for instances that are new`)(old, next),
    ...whole("reduce", "version", code("reduce", NAMED_IN_PLACE))(old, next),
    ...whole("onTimer", "version", code("onTimer", NAMED_IN_PLACE))(old, next),
    ...whole("unordered", "reprocess", () => "takes its inputs in another order")(old, next),
  ]
}

/** Parts that have a name each: new, gone, or changed, all with one need. */
function named(part: string, by: string, before: Part, now: Part, needs: Needs, why: string): readonly Change[] {
  const [old, next] = [byName(before[part], by), byName(now[part], by)]
  const changes: Change[] = []
  for (const [name, each] of next) {
    const known = old.get(name)
    if (known === undefined) changes.push({ part: `${part}.${name}`, needs, says: `new; ${why}` })
    else if (!isDeepStrictEqual(known, each)) {
      changes.push({ part: `${part}.${name}`, needs, says: `${differences(known, each, [])}; ${why}` })
    }
  }
  for (const name of old.keys()) {
    if (!next.has(name)) changes.push({ part: `${part}.${name}`, needs: "version", says: "gone" })
  }
  if (changes.length > 0 || isDeepStrictEqual(before[part], now[part])) return changes
  return [{ part, needs: "version", says: "in another order" }]
}

/** Of a build that described more than this one knows of: never taken for nothing. */
function otherChanges(before: Part, now: Part, known: readonly Change[]): readonly Change[] {
  const named = new Set(known.map(({ part }) => part.split(".")[0]))
  if (named.size > 0 || isDeepStrictEqual(before, now)) return []
  return [{ part: "definition", needs: "reprocess", says: differences(before, now, []) }]
}

function wordChanges(before: Part, now: Part): readonly Change[] {
  if (isDeepStrictEqual(before, now)) return []
  const own = ["title", "description"].filter((name) => !isDeepStrictEqual(before[name], now[name]))
  const [old, next] = [asPart(before.fields) ?? {}, asPart(now.fields) ?? {}]
  const fields = Object.keys(next).filter(
    (name) => Object.hasOwn(old, name) && !isDeepStrictEqual(old[name], next[name]),
  )
  return [...own, ...fields.map((name) => `words of ${name}`)].map((part) => ({
    part,
    needs: "nothing",
    says: "words for people alone",
  }))
}

function differences(before: Part, now: Part, ignored: readonly string[]): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => !ignored.includes(name))
  const differing = names.filter((name) => !isDeepStrictEqual(before[name], now[name]))
  return differing.map((name) => `${name} ${arrow(before[name], now[name])}`).join(", ")
}

const SHORT_CHARACTERS = 60

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing")
  return text.length <= SHORT_CHARACTERS ? text : `${text.slice(0, SHORT_CHARACTERS - 1)}…`
}

function keyText(key: unknown): string {
  const { names, function: read } = asPart(key) ?? {}
  return typeof read === "string" ? `${short(names)} by ${short(read)}` : short(names)
}

function asPart(value: unknown): Part | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

function without(part: Part, names: readonly string[]): Part {
  return Object.fromEntries(Object.entries(part).filter(([name]) => !names.includes(name)))
}

function byName(list: unknown, by: string): ReadonlyMap<string, Part> {
  const parts = Array.isArray(list) ? list.map(asPart).filter((part) => part !== undefined) : []
  return new Map(parts.map((part) => [String(part[by]), part]))
}

function pairsOf(list: unknown): ReadonlyMap<string, number> {
  const pairs: readonly unknown[] = Array.isArray(list) ? list : []
  return new Map(pairs.flatMap((pair) => (Array.isArray(pair) ? [[String(pair[0]), Number(pair[1])] as const] : [])))
}

/** One to one with what a window is, so texts may be compared. */
function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map((each) => windowText(asPart(each) ?? {})) : []
}

function windowText({ kind, inherited, ...sizes }: Part): string {
  const spans = Object.entries(sizes).map(([name, value]) => ` ${name} ${String(value)}`)
  return `${String(kind)}${spans.join("")}${inherited === true ? ", inherited" : ""}`
}
