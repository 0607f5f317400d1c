/** `npm start`, `npm run bench`: installs what is missing, then is `millrace <what is given>` on the pinned Node. */

import { spawn } from "node:child_process"
import { join } from "node:path"
import { ensureInstalled, pinnedEnvironment, pinnedNode, ROOT } from "./install.js"

ensureInstalled()
const args = [join(ROOT, "bin", "millrace.js"), ...process.argv.slice(2)]
const child = spawn(pinnedNode(), args, {
  cwd: process.cwd(),
  env: pinnedEnvironment(),
  stdio: ["inherit", "inherit", "inherit", "ipc"],
})

// A terminal sends Ctrl-C to the whole group; a service manager signals us alone. The child takes a repeat within a
// second for the same signal, so handing on is right in both cases.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal))

// Killed without a word, npm leaves us to init: then nobody wants this any more.
const parent = process.ppid
const looking = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(looking)
  child.kill("SIGTERM")
}, 500)
looking.unref()
child.on("exit", (code, signal) => {
  process.exit(code ?? (signal === null ? 70 : 1))
})
