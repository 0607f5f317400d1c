/** Owns: downloading a real mongod, where its makers' host can be reached. Never: running it. */

import { existsSync, readdirSync } from "node:fs"
import { mkdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { answers } from "./archive.ts"
import { npmInstall } from "./npm.ts"
import type { Recipe } from "./recipe.ts"
import { run, WayClosed, type Workbench } from "./workbench.ts"

export const MONGOD_LEAST = "6"
const PINNED = "8.2.6"
const DOWNLOADER = "mongodb-memory-server-core@11.3.0"
/** The downloader's own default, and its own variable for another one. */
const HOST = "https://fastdl.mongodb.org"
const HOST_VARIABLE = "MONGOMS_DOWNLOAD_MIRROR"
const PROGRAM = "mongod"

export const mongodProgram = (folder: string) => join(folder, PROGRAM)

export function mongodRecipe(bench: Workbench): Recipe {
  const doing = `fetching mongod ${PINNED} (about 100 MB)`
  return {
    server: "mongo",
    name: "mongod",
    version: PINNED,
    recipe: 1,
    programs: [PROGRAM],
    proof: { program: PROGRAM, arguments: ["--version"] },
    ways: [{ doing, did: "fetched", by: "from its makers", make: (folder) => make(bench, `mongo: ${doing}`, folder) }],
  }
}

async function make(bench: Workbench, doing: string, folder: string): Promise<void> {
  await answers(bench, doing, bench.environment[HOST_VARIABLE] ?? HOST)
  const downloader = join(folder, "downloader")
  const into = join(folder, "download")
  await mkdir(downloader)
  await mkdir(into)
  await npmInstall(bench, `mongo: fetching the downloader with npm`, DOWNLOADER, downloader)
  await run(bench, {
    doing,
    file: process.execPath,
    arguments: ["-e", "require('mongodb-memory-server-core').MongoBinary.getPath()"],
    folder: downloader,
    environment: {
      MONGOMS_VERSION: PINNED,
      MONGOMS_DOWNLOAD_DIR: into,
      MONGOMS_PREFER_GLOBAL_PATH: "false",
      MONGOMS_RUNTIME_DOWNLOAD: "true",
    },
  })
  const name = existsSync(into) ? readdirSync(into).find((file) => file.startsWith(PROGRAM)) : undefined
  if (name === undefined) throw new WayClosed({ operation: doing, reason: "the downloader brought no mongod" })
  await rename(join(into, name), join(folder, PROGRAM))
  for (const left of [downloader, into]) await rm(left, { recursive: true, force: true })
}
