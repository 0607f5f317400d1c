/**
 * Owns: whether definitions can be run together: every mistake at once, each with actor, field and what would be right.
 * Never: what one field's rules are (check/), or throwing while modules load.
 */

import { Misuse } from "../base/errors.ts"
import { fieldProblems } from "./check/fields.ts"
import { formProblems } from "./check/form.ts"
import { joinProblems } from "./check/joins.ts"
import { keyProblems } from "./check/key.ts"
import { measureProblems } from "./check/measures.ts"
import { nameProblems } from "./check/names.ts"
import { togetherProblems } from "./check/together.ts"
import { windowProblems } from "./check/windows.ts"
import type { Definition, Problem } from "./definition.ts"
import type { AnyEvent } from "./event.ts"

export interface ActorProblem extends Problem {
  readonly actor: string
  /** "actors.ts:12" */
  readonly where: string
}

type Check = (definition: Definition) => readonly Problem[]

const CHECKS: readonly Check[] = [
  ({ problems }) => problems,
  nameProblems,
  formProblems,
  keyProblems,
  fieldProblems,
  measureProblems,
  joinProblems,
  windowProblems,
]

/** `events`: all that are declared; without them, any event may be listened to. */
export function problemsOf(all: readonly Definition[], events?: readonly AnyEvent[]): readonly ActorProblem[] {
  const own = all.flatMap((definition) =>
    CHECKS.flatMap((check) => check(definition)).map((problem) => at(definition, problem)),
  )
  const together = togetherProblems(all, events).map(({ definition, problem }) => at(definition, problem))
  return [...own, ...together]
}

/** Throws Misuse that names every problem. */
export function requireSound(all: readonly Definition[], events?: readonly AnyEvent[]): void {
  const problems = problemsOf(all, events)
  if (problems.length === 0) return
  const lines = problems.map(problemText)
  throw new Misuse({ operation: "checking the actors", reason: ["", ...lines].join("\n  ").trimStart() })
}

export function problemText({ actor, where, field, reason, right }: ActorProblem): string {
  return `${actor}${where === "" ? "" : ` (${where})`}, ${field}: ${reason}; ${right}`
}

function at({ name, where }: Definition, problem: Problem): ActorProblem {
  return { ...problem, actor: String(name), where }
}
