/**
 * Owns: asking the gateway once a second, and knowing how old the newest answer is.
 * Never: drawing.
 *
 * A hidden page does not ask. An answer that does not come in time counts as none; the next question is asked anyway.
 */

const ASK_EVERY_MS = 1000
const ANSWER_WITHIN_MS = 4000

/** @import { StatusReport } from "../report.ts" */

/**
 * @typedef {{ kind: "waiting" }
 *   | { kind: "live", report: StatusReport, before: StatusReport | null }
 *   | { kind: "away", report: StatusReport | null, sinceMs: number, reason: string }} Connection
 */

/** @param {(connection: Connection) => void} changed */
export function followStatus(changed) {
  /** @type {StatusReport | null} */
  let newest = null
  let answeredMs = performance.now()

  const ask = async () => {
    try {
      const report = await fetchStatus()
      const before = newest
      newest = report
      answeredMs = performance.now()
      changed({ kind: "live", report, before })
    } catch (error) {
      changed({ kind: "away", report: newest, sinceMs: performance.now() - answeredMs, reason: reasonOf(error) })
    }
  }

  const loop = async () => {
    if (!document.hidden) await ask()
    setTimeout(loop, ASK_EVERY_MS)
  }
  document.addEventListener("visibilitychange", () => void (document.hidden || ask()))
  void loop()
}

/** @returns {Promise<StatusReport>} */
async function fetchStatus() {
  const answer = await fetch("/admin/status", {
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  })
  if (!answer.ok) throw new Error(`it answered ${answer.status}`)
  const report = await answer.json()
  if (report.version !== 1) throw new Error("it is of another version; reload this page")
  return report
}

/** @param {unknown} error */
function reasonOf(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") return "it takes too long to answer"
  if (error instanceof TypeError) return "it does not answer"
  return error instanceof Error ? error.message : String(error)
}
