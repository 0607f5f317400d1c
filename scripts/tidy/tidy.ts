/** Owns: judging a tree of files by the rules. Pure: text in, complaints out. */

import { posix } from "node:path"
import { importsOf, withoutComments } from "./imports.ts"
import {
  AMBIENT,
  BACKEND_FOLDERS,
  ENTRY_POINTS,
  FORBIDDEN_TEXT,
  LINES_MAX,
  LONG_TABLES,
  MAY_IMPORT,
  MAY_WIRE,
  PACKAGES,
  TEST_LINES_MAX,
} from "./rules.ts"

/** Path below src/ (or the repository, for FORBIDDEN_TEXT) → text. */
export type Tree = ReadonlyMap<string, string>

export function judgeSources(sources: Tree): string[] {
  const complaints: string[] = []
  for (const [path, text] of sources) {
    complaints.push(...judgeImports(path, text), ...judgeText(path, text))
  }
  return [...complaints, ...findCycles(sources)]
}

export function judgeForbidden(files: Tree): string[] {
  const complaints: string[] = []
  for (const [path, text] of files) {
    for (const { what, pattern } of FORBIDDEN_TEXT) {
      const line = text.split("\n").findIndex((candidate) => pattern.test(candidate))
      if (line >= 0) complaints.push(`${path}:${line + 1}: ${what}`)
    }
  }
  return complaints
}

const folderOf = (path: string) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "")
const isTest = (path: string) => /\.(test|contract|bench)\.ts$|\/testing\//.test(path)
const resolveFrom = (path: string, from: string) => posix.join(posix.dirname(path), from)

function judgeImports(path: string, text: string): string[] {
  return importsOf(text).flatMap(({ from, typeOnly }) =>
    from.startsWith(".") ? judgeOwn(path, resolveFrom(path, from)) : judgePackage(path, from, typeOnly),
  )
}

function judgeOwn(path: string, target: string): string[] {
  const folder = folderOf(path)
  const wanted = folderOf(target)
  // Tests start real servers and drive the simulator; what ships may not.
  if (isTest(path) || target.startsWith("..")) return []
  const allowed = MAY_IMPORT[folder]
  if (allowed === undefined) return [`${path}: the folder ${folder}/ is not in the import table`]
  if (wanted !== folder && allowed !== "*" && !allowed.includes(wanted))
    return [`${path}: ${folder || "src"}/ may not import ${wanted || "src"}/ (${target})`]
  const backend = BACKEND_FOLDERS.find((known) => target.startsWith(`${known}/`))
  if (backend !== undefined && !path.startsWith(`${backend}/`) && !MAY_WIRE.includes(folder))
    return [`${path}: only main.ts and the simulator may reach into ${backend}/ (${target})`]
  return []
}

function judgePackage(path: string, from: string, _typeOnly: boolean): string[] {
  const rule = PACKAGES.find(({ packages }) => packages.test(from))
  if (rule === undefined || isTest(path)) return []
  return rule.allowed.some((place) => path.startsWith(place))
    ? []
    : [`${path}: ${from} may be imported only in ${rule.allowed.join(", ")}`]
}

function judgeText(path: string, text: string): string[] {
  const complaints: string[] = []
  const code = withoutComments(text)
  for (const { what, pattern, allowed } of AMBIENT) {
    if (pattern.test(code) && !isTest(path) && !allowed.includes(path))
      complaints.push(`${path}: ${what} belongs in ${allowed.join(", ")} alone`)
  }
  const lines = text.split("\n").length
  const most = isTest(path) ? TEST_LINES_MAX : LINES_MAX
  if (lines > most && !LONG_TABLES.includes(path))
    complaints.push(`${path}: ${lines} lines; look for the two things in it (${most} at most)`)
  if (isBarrel(code) && !ENTRY_POINTS.includes(path))
    complaints.push(`${path}: a barrel; import from where it is defined`)
  return complaints
}

function isBarrel(code: string): boolean {
  const rest = code.replace(/export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+["'][^"']+["'];?/g, "")
  return code.includes("export") && rest.trim() === ""
}

/** Cycles of value imports; types alone cannot make one at run time. */
function findCycles(sources: Tree): string[] {
  const edges = new Map<string, string[]>()
  for (const [path, text] of sources) {
    const own = importsOf(text).filter(({ from, typeOnly }) => from.startsWith(".") && !typeOnly)
    edges.set(
      path,
      own.map(({ from }) => resolveFrom(path, from)),
    )
  }
  const complaints: string[] = []
  const state = new Map<string, "open" | "done">()
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return
    if (state.get(path) === "open") {
      complaints.push(`a cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}`)
      return
    }
    state.set(path, "open")
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    state.set(path, "done")
  }
  for (const path of edges.keys()) visit(path, [])
  return complaints
}
