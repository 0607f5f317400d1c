/** `npm run check`: types, lint, format, dead code and the tidy rules; every one runs, whatever the others say. */

import { spawnSync } from "node:child_process"
import { ensureInstalled, pinnedEnvironment, ROOT } from "./install.js"

const CHECKS = [
  ["types", "tsc", ["-p", "tsconfig.json"]],
  ["types of the page", "tsc", ["-p", "src/api/web"]],
  ["lint and format", "biome", ["check", "--error-on-warnings", "."]],
  ["imports", "oxlint", ["--deny-warnings", "--quiet"]],
  ["dead code", "knip", ["--no-progress"]],
  ["tidy", "node", ["scripts/tidy/main.ts"]],
]

ensureInstalled()
let failed = 0
for (const [name, command, args] of CHECKS) {
  const run = spawnSync(command, args, {
    cwd: ROOT,
    env: pinnedEnvironment(),
    encoding: "utf8",
    shell: process.platform === "win32",
  })
  const ok = run.status === 0
  if (!ok) failed++
  console.log(`${ok ? "ok  " : "FAIL"} ${name}`)
  if (!ok) console.log(`${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}`)
}
process.exit(failed === 0 ? 0 : 1)
