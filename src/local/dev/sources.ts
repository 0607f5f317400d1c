/**
 * Owns: which files a module is made of: itself, and what it imports by a relative path, below its project.
 * Never: packages (an installed one does not change while one edits), or running anything.
 */

import { createHash } from "node:crypto"
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, join, resolve, sep } from "node:path"
import { DEV_FILES_MAX } from "../../base/limits.ts"

export interface ModuleSources {
  readonly files: readonly string[]
  /** Changes with the content of any of them. */
  readonly digest: string
}

/** The folder of the nearest package.json above it; without one, its own. */
export function projectOf(module: string): string {
  const own = dirname(resolve(module))
  for (let folder = own; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder
    if (dirname(folder) === folder) return own
  }
}

/** A file that is imported and not there is among them: it may come. */
export function sourcesOf(module: string): ModuleSources {
  const project = projectOf(module) + sep
  const seen = new Set([resolve(module)])
  const hash = createHash("sha256")
  for (const file of seen) {
    const text = textOf(file)
    hash.update(`${file}\0${text ?? ""}\0`)
    for (const specifier of importsIn(text ?? "")) {
      const imported = resolve(dirname(file), specifier)
      if (imported.startsWith(project) && seen.size < DEV_FILES_MAX) seen.add(imported)
    }
  }
  return { files: [...seen], digest: hash.digest("hex") }
}

/** `import … from "./x.ts"`, `export … from`, `import "./x.ts"`, `import("./x.ts")`; one in a comment does no harm. */
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g

function importsIn(text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map(([, specifier]) => specifier!)
}

function textOf(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, "utf8") : undefined
}
