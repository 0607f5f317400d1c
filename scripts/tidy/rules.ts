/**
 * Owns: what the tree may look like: who may import whom, where a backend or an ambient effect may appear.
 * The import table is DESIGN's; ARCHITECTURE.md tells the same in words.
 */

/** Folder of src/ → folders of src/ it may import (itself always). `*`: anything. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[] | "*">> = {
  base: [],
  wire: ["base"],
  define: ["base"],
  streams: ["base", "define", "wire"],
  actors: ["base", "define", "streams"],
  sinks: ["base", "define", "streams"],
  client: ["base", "wire"],
  local: ["base"],
  builtin: ["base", "define", "client"],
  api: ["base", "wire", "define", "streams", "actors", "sinks", "client", "local", "builtin", "sim", "bench"],
  sim: "*",
  bench: "*",
  "": "*",
}

/** The ports of streams/ that actors/ and sinks/ may see are all but its backends. */
export const BACKEND_FOLDERS = ["streams/nats", "streams/memory", "sinks/postgres", "sinks/mongo", "sinks/memory"]

/** Who may reach into a backend folder: the folder itself, tests, and those that wire or simulate. */
export const MAY_WIRE = ["", "sim", "bench"]

/** Package (or prefix) → the only places that may import it. */
export const PACKAGES: readonly { readonly packages: RegExp; readonly allowed: readonly string[] }[] = [
  { packages: /^@nats-io\//, allowed: ["wire/nats/", "streams/nats/"] },
  { packages: /^pg(-|$)/, allowed: ["sinks/postgres/"] },
  { packages: /^mongodb$/, allowed: ["sinks/mongo/"] },
  { packages: /^prom-client$/, allowed: ["base/metrics.ts"] },
  { packages: /^graphql/, allowed: ["api/"] },
]

/** Calls that make a run unrepeatable, each with the one file that may make them (and the one that keeps steps from them). */
export const AMBIENT: readonly {
  readonly what: string
  readonly pattern: RegExp
  readonly allowed: readonly string[]
}[] = [
  {
    what: "the wall clock",
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bprocess\.hrtime\b/,
    allowed: ["base/clock.ts", "actors/forbidden.ts"],
  },
  {
    what: "a timer",
    pattern: /(?<![.\w])(?:setTimeout|setInterval|setImmediate)\(|node:timers/,
    allowed: ["base/clock.ts"],
  },
  {
    what: "chance",
    pattern: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\brandomInt\b|\brandomFill(?:Sync)?\b/,
    allowed: ["base/random.ts", "actors/forbidden.ts"],
  },
  { what: "the environment", pattern: /\bprocess\.env\b/, allowed: ["main.ts"] },
]

/** Files that may only pass on what others define: the package's public entry points. */
export const ENTRY_POINTS = ["index.ts", "client/index.ts", "sim/index.ts"]

export const LINES_MAX = 400
/** Cases stand side by side in a test. */
export const TEST_LINES_MAX = 600
/** One table, on purpose in one place. */
export const LONG_TABLES = ["base/limits.ts"]

/** Never in the tree: paths of one machine, hosts of package registries, tests that are switched off. */
export const FORBIDDEN_TEXT: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "a path of one machine", pattern: /\/wor[k]\/[a-z.]|\/hom[e]\/[a-z]+\/|\/tmp\/bas[h]_jobs/ },
  {
    what: "a host of a package registry",
    pattern: /https?:\/\/[^ "/]*(?:debia[n]|npmj[s]|golan[g]|pyp[i]|mave[n]|crate[s])\./,
  },
  { what: "a test that is switched off, or runs alone", pattern: /\b(?:it|test|describe)\.(?:ski[p]|onl[y]|tod[o])\b/ },
]
