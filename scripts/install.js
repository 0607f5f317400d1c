/**
 * Owns: that the dependencies of this clone are there and fit the lock file, before anything of ours runs.
 * Plain JavaScript for the system's Node, which may be 20 and have nothing installed.
 */

import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

const LOCK = join(ROOT, "package-lock.json")
const STAMP = join(ROOT, "node_modules", ".millrace-installed")

export function ensureInstalled() {
  const wanted = createHash("sha256").update(readFileSync(LOCK)).digest("hex")
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted && existsSync(pinnedNode())) return
  console.error("installing dependencies (npm ci) …")
  const started = process.hrtime.bigint()
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: ROOT,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  })
  if (npm.status !== 0) {
    console.error("npm ci did not succeed; its own words are above. Is the npm registry reachable?")
    process.exit(3)
  }
  if (!existsSync(pinnedNode())) {
    console.error("npm ci left no Node 24 behind: were install scripts switched off (ignore-scripts)?")
    process.exit(3)
  }
  writeFileSync(STAMP, wanted)
  console.error(`installed in ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s`)
}

/** The Node 24 that the lock file pins; the one everything of ours runs on. */
export function pinnedNode() {
  return join(ROOT, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node")
}

/** The environment in which `node` and the tools of node_modules are the pinned ones. */
export function pinnedEnvironment() {
  const bin = join(ROOT, "node_modules", ".bin")
  return { ...process.env, PATH: `${bin}${process.platform === "win32" ? ";" : ":"}${process.env.PATH ?? ""}` }
}
