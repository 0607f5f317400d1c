/** Owns: asking for a schema check and telling its findings. Never: reading the history. */

import type { Invocation } from "./invocation.ts"
import { natsUrl } from "./places.ts"
import type { SchemaFinding } from "./wiring.ts"

/** Resolves to whether everything can be read. */
export async function runSchemaCheck(invocation: Invocation): Promise<boolean> {
  const url = natsUrl(invocation.environment, "millrace schema check")
  const registry = await invocation.wiring.registry(invocation.text("actors"))
  const report = await invocation.wiring.schemaCheck(url, registry, { all: invocation.has("all") })
  if (invocation.has("json")) invocation.answer(report)
  else
    invocation.terminal.out(
      `${[...report.findings.map(findingLine), `${report.checked} events read, ${report.findings.length} findings`].join("\n")}\n`,
    )
  return report.findings.length === 0
}

function findingLine({ type, version, detail, events, firstSequence }: SchemaFinding): string {
  const from = firstSequence === null ? "" : `, the first at sequence ${firstSequence}`
  return `${type}${version === null ? "" : ` version ${version}`}: ${detail} (${events} events${from})`
}
