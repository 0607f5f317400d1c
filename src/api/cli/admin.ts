/** Owns: asking the gateway's admin API. Never: asking servers behind its back. */

import { Misuse, Unreachable } from "../../base/errors.ts"
import { ADMIN_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import type { StatusReport } from "../report.ts"
import { HOW_TO_REACH } from "./places.ts"

export async function askStatus(gateway: string): Promise<StatusReport> {
  const signal = AbortSignal.timeout(ADMIN_ANSWER_WITHIN_MS)
  const answer = await ask(`${gateway}/admin/status`, signal, "application/json")
  const report: unknown = await answer.json()
  if (isStatusReport(report)) return report
  throw new Unreachable({
    operation: `ask ${gateway} for its status`,
    reason: "what answers there does not speak this version's language",
    hint: "use the millrace command of the version that runs there",
  })
}

/** Lines of NDJSON until it ends or the signal fires. */
export async function* followLines(url: string, signal: AbortSignal): AsyncGenerator<unknown> {
  const answer = await ask(url, signal, "application/x-ndjson")
  if (answer.body === null) return
  let rest = ""
  try {
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) if (line !== "") yield JSON.parse(line)
    }
  } catch (error) {
    if (!signal.aborted) throw away(url, error)
  }
}

async function ask(url: string, signal: AbortSignal, accept: string): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(url, { signal, headers: { accept } })
  } catch (error) {
    throw away(url, error)
  }
  if (answer.ok) return answer
  const { detail, hint } = problemOf(await answer.text())
  const fields = {
    operation: `ask ${url}`,
    reason: detail ?? `it answered ${answer.status}`,
    ...(hint === undefined ? {} : { hint }),
  }
  throw answer.status < 500 ? new Misuse(fields) : new Unreachable(fields)
}

function away(url: string, cause: unknown): Unreachable {
  const { origin } = new URL(url)
  const hint = `${HOW_TO_REACH}; MILLRACE_DIR or MILLRACE_HTTP_PORT say where it is`
  return new Unreachable({ operation: `reach the gateway at ${origin}`, reason: reasonOf(cause), hint })
}

/** fetch hides what happened in the cause. */
function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "it does not answer in time"
  const code =
    error instanceof Error && error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined
  return code === "ECONNREFUSED" ? "nothing listens there" : `the connection failed (${String(code ?? error)})`
}

function problemOf(body: string): { readonly detail?: string; readonly hint?: string } {
  try {
    const document: unknown = JSON.parse(body)
    if (typeof document !== "object" || document === null) return {}
    const detail = "detail" in document && typeof document.detail === "string" ? { detail: document.detail } : {}
    const hint = "hint" in document && typeof document.hint === "string" ? { hint: document.hint } : {}
    return { ...detail, ...hint }
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function isStatusReport(value: unknown): value is StatusReport {
  if (typeof value !== "object" || value === null) return false
  const has = (name: string) => Array.isArray(Reflect.get(value, name))
  return Reflect.get(value, "version") === 1 && ["checks", "servers", "roles"].every(has)
}
