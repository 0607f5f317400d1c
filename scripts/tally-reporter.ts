/** Owns: the counts behind the last line of `npm test`; errors outside of tests and failed files count as failures. */

import { writeFileSync } from "node:fs"
import type { Reporter, SerializedError, TestModule } from "vitest/node"

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env.MILLRACE_TEST_TALLY
    if (file === undefined) return
    const tally = { passed: 0, failed: errors.length, skips: [] as { name: string; reason: string }[] }
    for (const module of modules) {
      if (module.errors().length > 0) tally.failed++
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === "passed") tally.passed++
        else if (result.state === "failed") tally.failed++
        else tally.skips.push({ name: test.fullName, reason: noteOf(result) ?? "no reason given" })
      }
    }
    writeFileSync(file, JSON.stringify(tally))
  }
}

function noteOf(result: object): string | undefined {
  return "note" in result && typeof result.note === "string" ? result.note : undefined
}
