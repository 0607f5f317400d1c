/**
 * `npm test`: every test, real servers included; `npm test -- unit` (or sim, server, browser) one kind alone, and
 * whatever else is given goes to vitest (a file, `-t name`). The last line reads `N passed, N failed[, N skipped]`.
 */

import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ensureInstalled, pinnedEnvironment, ROOT } from "./install.js"

const KINDS = ["unit", "sim", "server", "browser"]

ensureInstalled()
const given = process.argv.slice(2)
const kinds = given.filter((word) => KINDS.includes(word))
const rest = given.filter((word) => !KINDS.includes(word))
const folder = mkdtempSync(join(tmpdir(), "millrace-test-"))
const tally = join(folder, "tally.json")

const vitest = spawnSync("vitest", ["run", ...kinds.flatMap((kind) => ["--project", kind]), ...rest], {
  cwd: ROOT,
  env: { ...pinnedEnvironment(), MILLRACE_TEST_TALLY: tally },
  stdio: ["ignore", "inherit", "inherit"],
  shell: process.platform === "win32",
})

const counts = readTally()
rmSync(folder, { recursive: true, force: true })
for (const { name, reason } of counts.skips) console.log(`skipped: ${name}: ${reason}`)
const died = vitest.status !== 0 && counts.failed === 0
if (died) console.log("the test run itself failed; its words are above")
const failed = counts.failed + (died ? 1 : 0)
console.log(
  `${counts.passed} passed, ${failed} failed${counts.skips.length === 0 ? "" : `, ${counts.skips.length} skipped`}`,
)
process.exit(failed === 0 && counts.passed > 0 ? 0 : 1)

function readTally() {
  try {
    return JSON.parse(readFileSync(tally, "utf8"))
  } catch (error) {
    console.log(`the test run left no tally: ${error instanceof Error ? error.message : String(error)}`)
    return { passed: 0, failed: 1, skips: [] }
  }
}
