/**
 * Owns: entries of the cache: whole folders that appear by rename, each with a manifest that says what is in it.
 * Never: making what is in them.
 *
 * E1 an entry is complete when it appears; what is half made lies under `aside/`, named after its maker.
 * E2 an entry is used only if every file has its size and every program its hash. A program that was not written since
 *    it was hashed is not hashed again: a start should not wait for that.
 */

import { createHash } from "node:crypto"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { explain } from "../../base/errors.ts"
import { isGone, ownerOf, ownName } from "./lock.ts"

export interface Manifest {
  /** What the program itself says. */
  readonly version: string
  /** "built … with go": how it came here, for people. */
  readonly how: string
  /** Of the recipe; an entry of another one is made anew. */
  readonly recipe: number
  /** Every plain file. */
  readonly files: Readonly<Record<string, FileFacts>>
}

interface FileFacts {
  readonly bytes: number
  readonly program?: { readonly sha256: string; readonly modifiedMs: number }
}

export type Found =
  | { readonly kind: "absent" }
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "sound"; readonly folder: string; readonly manifest: Manifest }

const MANIFEST = "millrace-manifest.json"
const ASIDE = "aside"

export const entryFolder = (cache: string, key: string) => join(cache, key)
export const locksFolder = (cache: string) => join(cache, "locks")

export async function find(cache: string, key: string, recipe: number): Promise<Found> {
  const folder = entryFolder(cache, key)
  if (!existsSync(folder)) return { kind: "absent" }
  const manifest = readManifest(join(folder, MANIFEST))
  if (typeof manifest === "string") return { kind: "broken", reason: manifest }
  if (manifest.recipe !== recipe) return { kind: "broken", reason: "it was made by another recipe" }
  const reason = wrongSize(folder, manifest) ?? (await wrongHash(folder, manifest))
  return reason === undefined ? { kind: "sound", folder, manifest } : { kind: "broken", reason }
}

function wrongSize(folder: string, { files }: Manifest): string | undefined {
  for (const [path, { bytes }] of Object.entries(files)) {
    const stat = lstatSync(join(folder, path), { throwIfNoEntry: false })
    if (stat === undefined) return `${path} is missing`
    if (stat.size !== bytes) return `${path} has ${stat.size} bytes of ${bytes}`
  }
  return undefined
}

async function wrongHash(folder: string, { files }: Manifest): Promise<string | undefined> {
  for (const [path, { program }] of Object.entries(files)) {
    const file = join(folder, path)
    if (program === undefined || lstatSync(file).mtimeMs === program.modifiedMs) continue
    if ((await hashOf(file)) !== program.sha256) return `${path} was altered`
  }
  return undefined
}

async function hashOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex")
}

/** A new folder of this process, on the same disk as the entries. */
export function openAside(cache: string, key: string): string {
  const folder = join(cache, ASIDE, `${key}@${ownName()}`)
  mkdirSync(folder, { recursive: true })
  chmodSync(cache, lstatSync(cache).mode | 0o555)
  return folder
}

/** Servers may run as another user than the one who fetched them, whose umask may be strict. */
function openToAll(path: string): void {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  const open = stat.mode | (stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o555 : 0o444)
  if (open !== stat.mode) chmodSync(path, open)
  if (stat.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name))
}

export interface Sealing {
  readonly version: string
  readonly how: string
  readonly recipe: number
  /** Hashed; of all others the size is enough. */
  readonly programs: readonly string[]
}

/** Writes the manifest of a finished folder and makes it the entry, which must not be there. */
export async function seal(cache: string, key: string, aside: string, sealing: Sealing): Promise<string> {
  const { programs, ...said } = sealing
  openToAll(aside)
  const files: Record<string, FileFacts> = {}
  for (const path of plainFiles(aside)) files[path] = { bytes: lstatSync(join(aside, path)).size }
  for (const path of programs) files[path] = await programFacts(join(aside, path))
  writeFileSync(join(aside, MANIFEST), JSON.stringify({ ...said, files }))
  const folder = entryFolder(cache, key)
  await rename(aside, folder)
  return folder
}

async function programFacts(file: string): Promise<FileFacts> {
  const { size, mtimeMs } = lstatSync(file)
  return { bytes: size, program: { sha256: await hashOf(file), modifiedMs: mtimeMs } }
}

/** Links are not followed: some lead out of the entry. */
function plainFiles(root: string, below = ""): readonly string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name)
    if (entry.isDirectory()) return plainFiles(root, path)
    return entry.isFile() ? [path] : []
  })
}

/** Gone at once for readers, whatever the removal then takes. */
export async function removeEntry(cache: string, key: string): Promise<void> {
  const aside = openAside(cache, key)
  renameSync(entryFolder(cache, key), join(aside, "removed"))
  await rm(aside, { recursive: true, force: true, maxRetries: 3 })
}

/** What was left half made: of this key by anyone, as its lock is ours; of others by processes that are gone. */
export function sweepAside(cache: string, key: string): void {
  const aside = join(cache, ASIDE)
  if (!existsSync(aside)) return
  for (const name of readdirSync(aside)) {
    const owner = ownerOf(name.slice(name.lastIndexOf("@") + 1))
    const left = name.startsWith(`${key}@`) || owner === undefined || isGone(owner)
    if (left) rmSync(join(aside, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The manifest, or why there is none to trust. */
function readManifest(path: string): Manifest | string {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"))
    return isManifest(value) ? value : "its manifest is not one"
  } catch (error) {
    return `its manifest cannot be read (${explain(error)})`
  }
}

function isManifest(value: unknown): value is Manifest {
  return (
    isRecord(value) &&
    typeof value.version === "string" &&
    typeof value.how === "string" &&
    typeof value.recipe === "number" &&
    isRecord(value.files) &&
    Object.keys(value.files).length > 0 &&
    Object.values(value.files).every(isFileFacts)
  )
}

function isFileFacts(value: unknown): value is FileFacts {
  if (!isRecord(value) || typeof value.bytes !== "number") return false
  const { program } = value
  return (
    program === undefined ||
    (isRecord(program) && typeof program.sha256 === "string" && typeof program.modifiedMs === "number")
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
