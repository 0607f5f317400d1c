/** Owns: a workbench in a temporary folder, and a recipe that fetches nothing. Never: a real server. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { systemClock } from "../../../base/clock.ts"
import type { Recipe, Way } from "../recipe.ts"
import type { Workbench } from "../workbench.ts"

export interface TestBench extends Workbench {
  readonly lines: string[]
}

export function testBench(): TestBench {
  const cache = mkdtempSync(join(tmpdir(), "millrace-provision-"))
  onTestFinished(() => rmSync(cache, { recursive: true }))
  const lines: string[] = []
  const platform = { os: process.platform, arch: process.arch }
  return {
    cache,
    lines,
    report: (line) => lines.push(line),
    environment: process.env,
    platform,
    clock: systemClock,
    signal: undefined,
  }
}

/** A shell script that says its version, beside a file of data. */
export function scriptWay(version = "1.2.3"): Way & { readonly made: () => number } {
  let made = 0
  return {
    doing: "writing a script",
    did: "written",
    by: "by hand",
    made: () => made,
    async make(folder) {
      made++
      writeFileSync(join(folder, "server"), `#!/bin/sh\necho fake v${version}\n`)
      writeFileSync(join(folder, "data"), "0123456789")
    },
  }
}

export function fakeRecipe(...ways: readonly Way[]): Recipe {
  return {
    server: "fake",
    name: "fake",
    version: "1.2.3",
    recipe: 1,
    programs: ["server"],
    proof: { program: "server", arguments: ["--version"] },
    ways,
  }
}
