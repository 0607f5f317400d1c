/** Owns: building the MongoDB-compatible server from its pinned Go source. Never: running it, or its Postgres. */

import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { goEnvironment } from "./go.ts"
import { onPath } from "./installed.ts"
import type { Recipe } from "./recipe.ts"
import { run, WayClosed, type Workbench } from "./workbench.ts"

const PINNED = "2.7.0"
const PROGRAM = "ferretdb"
const FILES = ["go.mod", "go.sum", "main.go"]
/** Beside this folder, in a clone as in the package. */
const SOURCE = fileURLToPath(new URL("../ferretdb", import.meta.url))

export const ferretdbProgram = (folder: string) => join(folder, PROGRAM)

export function ferretdbRecipe(bench: Workbench): Recipe {
  return {
    server: "mongo",
    name: "ferretdb",
    version: `${PINNED}-${digest(SOURCE)}`,
    recipe: 1,
    programs: [PROGRAM],
    proof: { program: PROGRAM, arguments: ["-version"] },
    ways: [
      {
        doing: `building FerretDB v${PINNED} with go (about a minute)`,
        did: "built",
        by: "with go",
        make: (folder) => build(bench, folder),
      },
    ],
  }
}

async function build(bench: Workbench, folder: string): Promise<void> {
  const doing = `mongo: building FerretDB v${PINNED} with go`
  if (!onPath(bench, "go")) throw new WayClosed({ operation: doing, reason: "go is missing" })
  await run(bench, {
    doing,
    file: "go",
    arguments: ["build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", join(folder, PROGRAM), "."],
    folder: SOURCE,
    environment: goEnvironment(),
  })
}

/** A changed source is another build; what else lies there is not. */
function digest(source: string): string {
  const hash = createHash("sha256")
  for (const name of FILES) hash.update(name).update(readFileSync(join(source, name)))
  return hash.digest("hex").slice(0, 8)
}
