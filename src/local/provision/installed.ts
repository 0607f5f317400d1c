/**
 * Owns: finding a server that is installed on the machine: which files could be it, and what version they say they are.
 * Never: taking one that is too old, or one that does not run.
 */

import { existsSync, readdirSync, realpathSync } from "node:fs"
import { delimiter, join } from "node:path"
import { VERSION_PROBE_WITHIN_MS } from "../../base/limits.ts"
import { isAtLeast, versionIn } from "./version.ts"
import { run, WayClosed, type Workbench } from "./workbench.ts"

export interface Wanted {
  /** For progress lines: "postgres". */
  readonly server: string
  readonly program: string
  readonly least: string
  /** Folders beyond PATH where packages put it. */
  readonly folders?: readonly string[]
  /** What else must hold, of the program's path. */
  readonly fits?: (path: string) => boolean
}

export interface Installed {
  readonly path: string
  readonly version: string
}

/** The first that is new enough; each that is not is named in a progress line. */
export async function installed(bench: Workbench, wanted: Wanted): Promise<Installed | undefined> {
  for (const path of candidates(bench, wanted)) {
    const version = await versionOf(bench, wanted, path)
    if (version === undefined) continue
    if (isAtLeast(version, wanted.least)) return { path, version }
    bench.report(`${wanted.server}: ${path} is ${version}, older than ${wanted.least}: not taken`)
  }
  return undefined
}

/** Real paths, so that the same program is asked once and its neighbours are found. */
function candidates(bench: Workbench, { program, folders = [], fits = () => true }: Wanted): readonly string[] {
  const onPath = (bench.environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "")
  const paths = [...onPath, ...folders].map((folder) => join(folder, program)).filter((path) => existsSync(path))
  return [...new Set(paths.map((path) => realpathSync(path)))].filter(fits)
}

async function versionOf(bench: Workbench, { server, program }: Wanted, path: string): Promise<string | undefined> {
  const doing = `${server}: asking ${path} for its version`
  try {
    return versionIn(
      await run(bench, { doing, file: path, arguments: ["--version"], withinMs: VERSION_PROBE_WITHIN_MS }),
    )
  } catch (error) {
    if (!(error instanceof WayClosed)) throw error
    bench.report(`${server}: ${path} does not run as ${program}: not taken`)
    return undefined
  }
}

/** Folders of the form `<parent>/<version>/<rest>`, the newest version first. */
export function versioned(parent: string, rest: string): readonly string[] {
  if (!existsSync(parent)) return []
  const versions = readdirSync(parent).filter((name) => /\d/.test(name))
  const newestFirst = versions.sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
  return newestFirst.map((version) => join(parent, version, rest))
}

export function onPath(bench: Workbench, program: string): boolean {
  return candidates(bench, { server: program, program, least: "0" }).length > 0
}
