/**
 * Owns: the rule by which one cache entry is obtained: the cache, else the first way that leads there, aside and under
 * a lock. Never: what the ways do.
 */

import { chmodSync, existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { explain, Unreachable } from "../../base/errors.ts"
import { VERSION_PROBE_WITHIN_MS } from "../../base/limits.ts"
import {
  entryFolder,
  type Found,
  find,
  locksFolder,
  type Manifest,
  openAside,
  removeEntry,
  seal,
  sweepAside,
} from "./cache.ts"
import { withLock } from "./lock.ts"
import { versionIn } from "./version.ts"
import { run, seconds, WayClosed, type Workbench } from "./workbench.ts"

export interface Way {
  /** "building v2.15.2 with go (about 40 s)": for people, while it goes on. */
  readonly doing: string
  /** "built", "fetched": with the version and `by`, for people, afterwards. */
  readonly did: string
  readonly by: string
  /** Fills the folder, or fails with WayClosed. */
  make(folder: string): Promise<void>
}

export interface Recipe {
  /** For progress lines: "nats". */
  readonly server: string
  readonly name: string
  /** Pinned; with the name and the platform it is the entry's key. */
  readonly version: string
  /** Raised when what is made changes while the version does not. */
  readonly recipe: number
  /** Paths below the entry, hashed in the manifest. */
  readonly programs: readonly string[]
  /** The program that proves the entry, and how it is asked for its version. */
  readonly proof: { readonly program: string; readonly arguments: readonly string[] }
  readonly ways: readonly Way[]
}

export interface Entry {
  readonly folder: string
  readonly version: string
  readonly why: string
}

function keyOf(bench: Workbench, recipe: Recipe): string {
  return `${recipe.name}-${recipe.version}-${bench.platform.os}-${bench.platform.arch}`
}

/** Whether the cache has something under its key, sound or not. */
export function isPresent(bench: Workbench, recipe: Recipe): boolean {
  return existsSync(entryFolder(bench.cache, keyOf(bench, recipe)))
}

/** From the cache alone, proven; nothing when it is not there or not sound. */
export async function cached(bench: Workbench, recipe: Recipe): Promise<Entry | undefined> {
  const found = await look(bench, recipe)
  if (found.kind !== "sound") return undefined
  return { folder: found.folder, version: found.manifest.version, why: `cached ${found.manifest.version}` }
}

export async function obtain(bench: Workbench, recipe: Recipe): Promise<Entry> {
  const ready = await cached(bench, recipe)
  if (ready !== undefined) return ready
  const key = keyOf(bench, recipe)
  const waiting = (holder: string) => bench.report(`${recipe.server}: waiting for ${holder}, which is making ${key}`)
  const { clock, signal } = bench
  return withLock({ folder: locksFolder(bench.cache), key, clock, signal, waiting }, async () => {
    const meanwhile = await look(bench, recipe)
    if (meanwhile.kind === "sound") return entry(meanwhile.folder, meanwhile.manifest, "cached")
    if (meanwhile.kind === "broken") {
      bench.report(`${recipe.server}: the cached ${key} is broken (${meanwhile.reason}); making it again`)
      await removeEntry(bench.cache, key)
    }
    sweepAside(bench.cache, key)
    return make(bench, recipe)
  })
}

function entry(folder: string, manifest: Manifest, word: string): Entry {
  return { folder, version: manifest.version, why: `${word} ${manifest.version}` }
}

/** The cache's word, and then the program's own. */
async function look(bench: Workbench, recipe: Recipe): Promise<Found> {
  const found = await find(bench.cache, keyOf(bench, recipe), recipe.recipe)
  if (found.kind !== "sound") return found
  try {
    const version = await prove(bench, recipe, found.folder)
    if (version === found.manifest.version) return found
    return { kind: "broken", reason: `it says that it is ${version}, not ${found.manifest.version}` }
  } catch (error) {
    if (error instanceof WayClosed) return { kind: "broken", reason: error.reason }
    throw error
  }
}

async function prove(bench: Workbench, { server, proof }: Recipe, folder: string): Promise<string> {
  const file = join(folder, proof.program)
  const doing = `${server}: asking ${file} for its version`
  const said = await run(bench, { doing, file, arguments: proof.arguments, withinMs: VERSION_PROBE_WITHIN_MS })
  const version = versionIn(said)
  if (version === undefined) throw new WayClosed({ operation: doing, reason: `it said ${JSON.stringify(said)}` })
  return version
}

async function make(bench: Workbench, recipe: Recipe): Promise<Entry> {
  const reasons: string[] = []
  for (const way of recipe.ways) {
    try {
      return await go(bench, recipe, way)
    } catch (error) {
      if (!(error instanceof WayClosed)) throw error
      reasons.push(`${way.doing}: ${explain(error.cause === undefined ? error.reason : error)}`)
      bench.report(`${recipe.server}: not ${way.did} ${way.by}: ${error.summary}`)
    }
    if (bench.signal?.aborted === true) break
  }
  throw new Unreachable({ operation: `get ${recipe.name} ${recipe.version}`, reason: reasons.join("\n  ") })
}

async function go(bench: Workbench, recipe: Recipe, way: Way): Promise<Entry> {
  const startedAt = bench.clock.monotonicMs()
  const key = keyOf(bench, recipe)
  const aside = openAside(bench.cache, key)
  bench.report(`${recipe.server}: ${way.doing} …`)
  try {
    await way.make(aside)
    for (const program of recipe.programs) chmodSync(join(aside, program), 0o755)
    const version = await prove(bench, recipe, aside)
    const how = `${way.did} ${version} ${way.by} in ${seconds(bench.clock.monotonicMs() - startedAt)}`
    await seal(bench.cache, key, aside, { version, how, recipe: recipe.recipe, programs: recipe.programs })
    return { folder: entryFolder(bench.cache, key), version, why: how }
  } finally {
    await rm(aside, { recursive: true, force: true, maxRetries: 3 })
  }
}
