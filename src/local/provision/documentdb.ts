/**
 * Owns: a Postgres with the DocumentDB extension, unpacked from Debian packages and made to run where it lies.
 * Never: its configuration, or running it.
 *
 * The unpacked root brings its own libc, so each program becomes `X.bin` beside a small shell script `X` that starts it
 * through the root's own loader. The scripts find the root from where they lie themselves: the entry may be moved.
 */

import { existsSync } from "node:fs"
import { copyFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { debianPlatform, debianRoot } from "./debian.ts"
import type { Recipe } from "./recipe.ts"
import { WayClosed, type Workbench } from "./workbench.ts"

const MAJOR = 18
const LIBRARIES = `usr/lib/postgresql/${MAJOR}/lib`
const PROGRAMS = `usr/lib/postgresql/${MAJOR}/bin`
const EXTENSIONS = `usr/share/postgresql/${MAJOR}/extension`
const WRAPPED = ["postgres", "initdb", "pg_ctl", "psql"]
const NEEDED = ["pg_documentdb", "pg_documentdb_core", "pg_cron"]

/** Nothing that a server opens: a quarter of the whole. */
const UNUSED = [
  ..."doc doc-base info man locale lintian i18n perl perl5 bash-completion zsh fonts gnupg".split(" "),
].map((name) => `usr/share/${name}`)

export const documentdbPostgres = (folder: string) => join(folder, PROGRAMS)

export function documentdbRecipe(bench: Workbench): Recipe {
  return {
    server: "mongo",
    name: "postgres-documentdb",
    version: `${MAJOR}`,
    recipe: 1,
    programs: [
      ...WRAPPED.flatMap((name) => [`${PROGRAMS}/${name}`, `${PROGRAMS}/${name}.bin`]),
      ...NEEDED.map((name) => `${LIBRARIES}/${name}.so`),
    ],
    proof: { program: `${PROGRAMS}/postgres`, arguments: ["--version"] },
    ways: [
      {
        doing: "fetching Postgres with DocumentDB from Debian's packages (140 MB)",
        did: "fetched",
        by: "with apt",
        make: (folder) => makeRoot(bench, folder),
      },
    ],
  }
}

async function makeRoot(bench: Workbench, folder: string): Promise<void> {
  const doing = "mongo: making a Postgres with DocumentDB"
  const { triplet, loader } = debianPlatform(bench, doing)
  await debianRoot(bench, "mongo", { packages: [`postgresql-${MAJOR}-documentdb`], folder, root: folder })
  for (const path of UNUSED) await rm(join(folder, path), { recursive: true, force: true })
  // What the package does when it is installed.
  const control = join(folder, EXTENSIONS, "postgis.control")
  if (!existsSync(control)) await copyFile(join(folder, EXTENSIONS, "postgis-3.control"), control)
  if (!existsSync(join(folder, "usr/lib", triplet, loader))) {
    throw new WayClosed({ operation: doing, reason: `there is no ${loader} in the packages` })
  }
  for (const name of WRAPPED) await wrap(join(folder, PROGRAMS, name), triplet, loader)
}

async function wrap(program: string, triplet: string, loader: string): Promise<void> {
  await rename(program, `${program}.bin`)
  await writeFile(program, wrapper(triplet, loader), { mode: 0o755 })
}

export function wrapper(triplet: string, loader: string): string {
  const libraries = `$r/usr/lib/${triplet}`
  const path = [libraries, `${libraries}/blas`, `${libraries}/lapack`, `$r/${LIBRARIES}`].join(":")
  const up = PROGRAMS.replace(/[^/]+/g, "..")
  return `#!/bin/sh
n=\${0##*/}
r=$(CDPATH= cd -- "\${0%/*}/${up}" && pwd -P) || exit 1
b=$r/${PROGRAMS}/$n
exec "${libraries}/${loader}" --argv0 "$b" --library-path "${path}" "$b.bin" "$@"
`
}
