/** Owns: the work of `millrace publish`: one event, or a file of them. Never: how bytes travel (client/). */

import { createReadStream } from "node:fs"
import { explain, Misuse } from "../../../base/errors.ts"
import { EXIT } from "../../../base/exit.ts"
import { PUBLISH_ERRORS_SHOWN } from "../../../base/limits.ts"
import { knownEvents } from "../../known-events.ts"
import type { Invocation } from "../invocation.ts"
import { natsUrl } from "../places.ts"
import { checkDraft, unknownTypeNote } from "./check.ts"
import { type Draft, isObject, parseJson } from "./line.ts"
import { numberedLines } from "./lines.ts"
import { type LineTrouble, type ManyReport, publishMany } from "./many.ts"

const OPERATION = "millrace publish"
const DEFAULT_TENANT = "default"

export function runPublish(invocation: Invocation): Promise<number> {
  const file = invocation.text("file")
  return file === undefined ? publishOne(invocation) : publishFile(invocation, file)
}

async function publishOne(invocation: Invocation): Promise<number> {
  const draft = draftOf(invocation)
  const registry = await knownEvents(invocation.text("actors"))
  const checked = checkDraft(registry, draft)
  if (checked.kind === "refused") throw new Misuse({ operation: OPERATION, reason: checked.reason })
  if (checked.kind === "unknown") invocation.terminal.err(`${unknownTypeNote(registry, draft.type)}\n`)
  const publisher = await connect(invocation)
  try {
    const { id, position } = await publisher.publish(checked.event)
    if (invocation.has("json")) invocation.answer({ id, position })
    else invocation.terminal.out(`id ${id}\nposition ${position}\n`)
    return EXIT.done
  } finally {
    await publisher.close()
  }
}

function draftOf(invocation: Invocation): Draft {
  const parsed = parseJson(invocation.operand(2))
  if (!parsed.ok)
    throw new Misuse({ operation: OPERATION, reason: `<json> is ${parsed.reason}`, hint: "put it in single quotes" })
  if (!isObject(parsed.value))
    throw new Misuse({ operation: OPERATION, reason: "<json> must be an object, the event's data" })
  const version = invocation.text("version")
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) {
    throw new Misuse({
      operation: OPERATION,
      reason: `--version ${version} is not a version`,
      hint: "versions are 1, 2, 3 and so on",
    })
  }
  return {
    type: invocation.operand(0),
    key: invocation.operand(1),
    data: parsed.value,
    id: invocation.text("id"),
    time: timeOf(invocation.text("time")),
    version: version === undefined ? undefined : Number(version),
  }
}

/** Epoch milliseconds come as digits alone. */
function timeOf(text: string | undefined): string | number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : text
}

async function publishFile(invocation: Invocation, file: string): Promise<number> {
  const alone = ["id", "time", "version"].find((name) => invocation.has(name))
  if (alone !== undefined || invocation.operands.length > 0) {
    const what = alone === undefined ? JSON.stringify(invocation.operand(0)) : `--${alone}`
    throw new Misuse({
      operation: OPERATION,
      reason: `${what} cannot stand beside --file`,
      hint: "each line of the file says it for itself",
    })
  }
  const registry = await knownEvents(invocation.text("actors"))
  const pieces = file === "-" ? invocation.terminal.input() : textOf(file)
  const publisher = await connect(invocation)
  try {
    const report = await publishMany(publisher, registry, numberedLines(pieces))
    for (const type of report.unknownTypes) invocation.terminal.err(`${unknownTypeNote(registry, type)}\n`)
    tell(invocation, report)
    if (report.unsure.length > 0) return EXIT.unreachable
    return report.refused.length > 0 ? EXIT.no : EXIT.done
  } finally {
    await publisher.close()
  }
}

function connect(invocation: Invocation) {
  const url = natsUrl(invocation.environment, OPERATION)
  return invocation.wiring.publisher(url, invocation.text("tenant") ?? DEFAULT_TENANT)
}

async function* textOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, { encoding: "utf8" })
  try {
    for await (const piece of stream) yield String(piece)
  } catch (error) {
    throw new Misuse({ operation: `read ${file}`, reason: explain(error) })
  }
}

function tell(invocation: Invocation, report: ManyReport): void {
  tellTroubles(invocation, "refused", report.refused)
  tellTroubles(invocation, "not acknowledged", report.unsure)
  const { published, refused, unsure, position } = report
  if (invocation.has("json")) return void invocation.answer({ published, refused, unsure, position })
  const counts = [`${published} published`, `${refused.length} refused`, `${unsure.length} not acknowledged`]
  invocation.terminal.out(`${counts.join(", ")}\n${position === null ? "" : `position ${position}\n`}`)
}

function tellTroubles({ terminal }: Invocation, what: string, troubles: readonly LineTrouble[]): void {
  for (const { line, reason } of troubles.slice(0, PUBLISH_ERRORS_SHOWN))
    terminal.err(`line ${line} ${what}: ${reason}\n`)
  const more = troubles.length - PUBLISH_ERRORS_SHOWN
  if (more > 0) terminal.err(`and ${more} more lines ${what}; --json names all of them\n`)
}
