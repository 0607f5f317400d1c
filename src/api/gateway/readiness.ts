/** Owns: asking every part whether it holds, side by side, each within a bound. Never: mending them. */

import type { Clock } from "../../base/clock.ts"
import { CHECK_WITHIN_MS } from "../../base/limits.ts"
import type { Check } from "../report.ts"
import type { ReadinessCheck } from "./sources.ts"
import { within } from "./within.ts"

export function runChecks(checks: readonly ReadinessCheck[], clock: Clock): Promise<readonly Check[]> {
  return Promise.all(checks.map((check) => runCheck(check, clock)))
}

async function runCheck({ part, hint, check }: ReadinessCheck, clock: Clock): Promise<Check> {
  const outcome = await within(clock, CHECK_WITHIN_MS, check)
  if (!outcome.ok) return { part, ok: false, detail: outcome.reason, hint }
  return outcome.value.ok ? { part, ...outcome.value } : { part, hint, ...outcome.value }
}
