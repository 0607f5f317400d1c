/** Judges this repository: `node scripts/tidy/main.ts`. */

import { execFileSync } from "node:child_process"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { judgeForbidden, judgeSources } from "./tidy.ts"

const root = join(import.meta.dirname, "..", "..")

/** What git tracks or would track. */
function filesOf(...patterns: readonly string[]): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns]
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
  return listed.split("\n").filter((path) => path !== "" && isText(path))
}

function isText(path: string): boolean {
  const stat = statSync(join(root, path), { throwIfNoEntry: false })
  return stat?.isFile() === true && !/\.(png|ico|woff2|tgz)$/.test(path) && path !== "package-lock.json"
}

const read = (paths: readonly string[], below: string) =>
  new Map(paths.map((path) => [path.slice(below.length), readFileSync(join(root, path), "utf8")]))

const complaints = [
  ...judgeSources(read(filesOf("src/*.ts", "src/**/*.ts"), "src/")),
  ...judgeForbidden(read(filesOf(), "")),
]
for (const complaint of complaints) console.log(complaint)
console.log(complaints.length === 0 ? "tidy" : `${complaints.length} untidy places`)
process.exitCode = complaints.length === 0 ? 0 : 1
