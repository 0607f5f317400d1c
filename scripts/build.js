/** `npm run build`: dist/, which is what the package holds: the sources as JavaScript, their types, and every asset. */

import { spawnSync } from "node:child_process"
import { cpSync, rmSync } from "node:fs"
import { extname, join } from "node:path"
import { pinnedEnvironment, ROOT } from "./install.js"

const DIST = join(ROOT, "dist")

/** Folders of src/ with files that are read as they are, and which of them. */
const ASSETS = [
  ["api/web", [".html", ".css", ".js", ".svg"]],
  ["api/cli/init/template", [".template"]],
  ["local/ferretdb", [".go", ".mod", ".sum"]],
]

rmSync(DIST, { recursive: true, force: true })
const tsc = spawnSync("tsc", ["-p", "tsconfig.build.json"], {
  cwd: ROOT,
  env: pinnedEnvironment(),
  stdio: ["ignore", 2, 2],
  shell: process.platform === "win32",
})
if (tsc.status !== 0) process.exit(tsc.status ?? 1)
for (const [folder, kinds] of ASSETS) {
  cpSync(join(ROOT, "src", folder), join(DIST, folder), {
    recursive: true,
    filter: (path) => extname(path) === "" || kinds.includes(extname(path)),
  })
}
