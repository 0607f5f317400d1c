/** Owns: an actor check as a person reads it. Never: anything that is not in it. */

import { problemText } from "../../define/check.ts"
import type { ActorCheck, ActorVerdict } from "../actor-check/check.ts"
import type { Change } from "../actor-check/compare.ts"
import type { Needs } from "../actor-check/needs.ts"

const WORDS: Readonly<Record<Needs, string>> = {
  nothing: "nothing",
  version: "a version",
  migrate: "migrate",
  reprocess: "a reprocess",
}

/** What it all comes to, in a sentence. */
const VERDICTS: Readonly<Record<ActorCheck["verdict"], (check: ActorCheck) => string>> = {
  unsound: ({ problems }) => `not sound: ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`,
  "nothing runs": () => "sound; no generation has begun yet, so nothing has to fit",
  same: ({ generation }) => `sound; goes on with generation ${generation.number} as it is`,
  changed: ({ generation, needs }) => {
    return `sound; needs ${WORDS[needs]}: generation ${generation.number} runs other code, so this is a new generation`
  },
  differs: ({ generation }) => {
    return `sound; generation ${generation.number} runs other code, begun by a build that kept no more than its fingerprint`
  },
}

export function checkText(check: ActorCheck): string {
  const unchanged = check.actors.filter(({ is }) => is === "unchanged").length
  const lines = [
    ...check.problems.map((problem) => problemText(problem)),
    ...check.actors.filter(({ is }) => is !== "unchanged").flatMap(actorLines),
    ...check.events.map(({ type, version, is, says }) => `event ${type} version ${version}: ${is}; ${says}`),
    ...check.settings.map((change) => changeLine(change).trimStart()),
    ...(unchanged === 0 ? [] : [`${unchanged} ${unchanged === 1 ? "actor" : "actors"} unchanged`]),
    VERDICTS[check.verdict](check),
  ]
  return `${lines.join("\n")}\n`
}

function actorLines({ actor, where, is, needs, changes, todo }: ActorVerdict): string[] {
  const head = `${actor}${where === "" ? "" : ` (${where})`}: ${is}; needs ${WORDS[needs]}`
  return [head, ...changes.map(changeLine), ...todo.map((each) => `  to do: ${each}`)]
}

const changeLine = ({ part, says, needs }: Change) => `  ${part}: ${says} [${WORDS[needs]}]`
