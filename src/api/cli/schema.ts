/** Owns: asking for a schema check and telling what it found. Never: reading the history. */

import type { FailingEvent, SchemaCheck, UnknownType, VersionCheck } from "../../streams/schema-check.tally.ts"
import { checkSchemas } from "../../streams/schema-check.ts"
import { knownEvents } from "../known-events.ts"
import type { Invocation } from "./invocation.ts"
import { natsUrl } from "./places.ts"

/** Resolves to whether everything that was looked at can be read. */
export async function runSchemaCheck(invocation: Invocation): Promise<boolean> {
  const url = natsUrl(invocation.environment, "millrace schema check")
  const registry = await knownEvents(invocation.text("actors"))
  const { log, close } = await invocation.wiring.log(url)
  try {
    const check = await checkSchemas(log, registry, { all: invocation.has("all") })
    if (invocation.has("json")) invocation.answer(check)
    else invocation.terminal.out(checkText(check))
    return check.passed
  } finally {
    await close()
  }
}

function checkText({ passed, all, messages, versions, unknownTypes }: SchemaCheck): string {
  const looked = `${messages} messages read${all ? "" : ", a sample (--all reads every one)"}`
  const verdict = passed ? "all of it can be read" : "not all of it can be read"
  return `${[...versions.flatMap(versionLines), ...unknownTypes.map(unknownLine), `${looked}: ${verdict}`].join("\n")}\n`
}

function versionLines({ type, version, read, failing, firstFailing }: VersionCheck): string[] {
  const verdict = failing === 0 ? "" : `, ${failing} FAIL`
  return [`${type} version ${version}: ${read} read${verdict}`, ...firstFailing.map(failingLine)]
}

function failingLine({ sequence, index, text }: FailingEvent): string {
  return `  at sequence ${sequence}${index === undefined ? "" : `, event ${index}`}: ${text}`
}

function unknownLine({ type, events, firstSequence }: UnknownType): string {
  return `${type}: not declared; ${events} events, the first at sequence ${firstSequence}`
}
