/**
 * Owns: laying out a new project in an empty folder. Never: installing anything, or touching a folder with something
 * in it.
 */

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { Misuse } from "../../../base/errors.ts"

const TEMPLATE = fileURLToPath(new URL("template/", import.meta.url))

/** The file in the new project, and the one it is made from; npm would take some of their names for its own. */
const FILES: readonly (readonly [string, string])[] = [
  ["package.json", "package.json.template"],
  ["tsconfig.json", "tsconfig.json.template"],
  [".gitignore", "gitignore.template"],
  ["README.md", "README.md.template"],
  ["src/events.ts", "src/events.ts.template"],
  ["src/actors.ts", "src/actors.ts.template"],
  ["src/actors.test.ts", "src/actors.test.ts.template"],
]

/** What may be in the folder: what is there before anybody has begun. */
const HARMLESS = [".git", ".DS_Store"]

export interface InitRequest {
  readonly dir: string
  /** What package.json asks for as `millrace`: a version, or where to find it. */
  readonly millrace: string
}

/** The files it wrote, in order. */
export async function initProject({ dir, millrace }: InitRequest): Promise<readonly string[]> {
  const root = resolve(dir)
  await refuseIfFilled(root, dir)
  const name = packageName(root)
  for (const [file, from] of FILES) {
    const text = await readFile(join(TEMPLATE, from), "utf8")
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text.replaceAll("{{name}}", name).replaceAll("{{millrace}}", millrace), {
      flag: "wx",
    })
  }
  return FILES.map(([file]) => file)
}

async function refuseIfFilled(root: string, dir: string): Promise<void> {
  const found = (await entriesOf(root, dir)).filter((entry) => !HARMLESS.includes(entry))
  if (found.length === 0) return
  const shown = found.slice(0, 3).join(", ")
  throw new Misuse({
    operation: `make a project in ${dir}`,
    reason: `the folder is not empty (${shown}${found.length > 3 ? ", …" : ""})`,
    hint: "name a new folder",
  })
}

async function entriesOf(root: string, dir: string): Promise<readonly string[]> {
  try {
    return await readdir(root)
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ENOENT") return []
    throw new Misuse({
      operation: `make a project in ${dir}`,
      reason: code === "ENOTDIR" ? "it is a file" : String(code),
      cause: error,
    })
  }
}

/** What npm accepts as a name, as near to the folder's as can be. */
function packageName(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "")
  return name === "" || name === "millrace" ? "my-millrace" : name
}
