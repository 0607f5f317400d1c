/** Owns: how npm is run for a folder of ours. Never: touching the project it may be running in. */

import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { Environment } from "../../base/config.ts"
import { run, WayClosed, type Workbench } from "./workbench.ts"

/** What an npm script inherits from the npm that runs it, and would turn another npm back to that project. */
const INHERITED = /^(npm_package_|npm_lifecycle_|npm_config_(local_prefix|prefix|workspace|global|dry_run|json|save))/i

const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]

/** Resolves to the archive's path. npm has checked it against the registry's hash. */
export async function npmPack(bench: Workbench, doing: string, spec: string, into: string): Promise<string> {
  await npm(bench, doing, into, ["pack", spec, "--pack-destination", into])
  const archive = readdirSync(into).find((name) => name.endsWith(".tgz"))
  if (archive === undefined) throw new WayClosed({ operation: doing, reason: "npm brought no archive" })
  return join(into, archive)
}

/** Into `into`/node_modules, with what it depends on. */
export async function npmInstall(bench: Workbench, doing: string, spec: string, into: string): Promise<void> {
  await npm(bench, doing, into, ["install", "--prefix", into, "--no-save", "--no-package-lock", spec])
}

async function npm(bench: Workbench, doing: string, folder: string, rest: readonly string[]): Promise<void> {
  await run(bench, { doing, file: "npm", arguments: [...rest, ...QUIET], folder, environment: outside(bench) })
}

function outside({ environment }: Workbench): Environment {
  const inherited = Object.keys(environment).filter((name) => INHERITED.test(name))
  return Object.fromEntries(inherited.map((name) => [name, undefined]))
}
