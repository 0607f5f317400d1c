import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { find, openAside, removeEntry, seal, sweepAside } from "./cache.ts"
import { testBench } from "./testing/bench.ts"

const SEALING = { version: "1.2.3", how: "by hand", recipe: 7, programs: ["bin/server"] }

async function sealed(): Promise<{ readonly cache: string; readonly folder: string }> {
  const { cache } = testBench()
  const aside = openAside(cache, "k")
  mkdirSync(join(aside, "bin"))
  writeFileSync(join(aside, "bin/server"), "a program")
  writeFileSync(join(aside, "data"), "some data")
  return { cache, folder: await seal(cache, "k", aside, SEALING) }
}

test("E1 an entry is there once it is sealed, and nothing of it is left aside", async () => {
  const { cache, folder } = await sealed()
  const found = await find(cache, "k", 7)
  expect(found).toMatchObject({ kind: "sound", folder, manifest: { version: "1.2.3" } })
  expect(readdirSync(join(cache, "aside"))).toEqual([])
})

test("E1 what was begun and not sealed is no entry", async () => {
  const { cache } = testBench()
  writeFileSync(join(openAside(cache, "k"), "server"), "half")
  expect(await find(cache, "k", 7)).toEqual({ kind: "absent" })
})

test.each<[string, (folder: string) => void, string]>([
  ["a missing file", (folder) => rmSync(join(folder, "data")), "data is missing"],
  ["a truncated file", (folder) => truncateSync(join(folder, "data"), 4), "data has 4 bytes of 9"],
  ["an altered program", (folder) => writeFileSync(join(folder, "bin/server"), "a pr0gram"), "bin/server was altered"],
  [
    "a manifest cut off",
    (folder) => truncateSync(join(folder, "millrace-manifest.json"), 9),
    "its manifest cannot be read",
  ],
  [
    "a manifest of something else",
    (folder) => writeFileSync(join(folder, "millrace-manifest.json"), "{}"),
    "its manifest is not one",
  ],
])("E2 %s makes it broken", async (_, harm, reason) => {
  const { cache, folder } = await sealed()
  harm(folder)
  const found = await find(cache, "k", 7)
  expect(found.kind === "broken" && found.reason).toContain(reason)
})

test("E2 a copy with other times is as good as the original, and a harmed copy is not", async () => {
  const { cache, folder } = await sealed()
  cpSync(folder, join(cache, "copy"), { recursive: true })
  expect((await find(cache, "copy", 7)).kind).toBe("sound")
  writeFileSync(join(cache, "copy/bin/server"), "A program")
  expect((await find(cache, "copy", 7)).kind).toBe("broken")
})

test("other users can run what a strict one sealed", async () => {
  const { cache } = testBench()
  const aside = openAside(cache, "k")
  mkdirSync(join(aside, "bin"), { mode: 0o700 })
  writeFileSync(join(aside, "bin/server"), "a program", { mode: 0o700 })
  writeFileSync(join(aside, "bin/data"), "data", { mode: 0o600 })
  const folder = await seal(cache, "k", aside, SEALING)
  const modes = ["", "bin", "bin/server", "bin/data"].map((path) => lstatSync(join(folder, path)).mode & 0o055)
  expect(modes).toEqual([0o055, 0o055, 0o055, 0o044])
})

test("E2 what lies outside and is only linked to is no part of an entry", async () => {
  const { cache } = testBench()
  const outside = join(cache, "outside")
  mkdirSync(outside)
  writeFileSync(join(outside, "file"), "one")
  const aside = openAside(cache, "k")
  symlinkSync(outside, join(aside, "linked"))
  writeFileSync(join(aside, "server"), "a program")
  await seal(cache, "k", aside, { ...SEALING, programs: ["server"] })
  writeFileSync(join(outside, "file"), "changed")
  expect(await find(cache, "k", 7)).toMatchObject({ kind: "sound", manifest: { files: { server: { bytes: 9 } } } })
})

test("an entry of another recipe is not used", async () => {
  const { cache } = await sealed()
  expect(await find(cache, "k", 8)).toEqual({ kind: "broken", reason: "it was made by another recipe" })
})

test("a removed entry is gone, and another can take its place", async () => {
  const { cache, folder } = await sealed()
  await removeEntry(cache, "k")
  expect(existsSync(folder)).toBe(false)
  const aside = openAside(cache, "k")
  mkdirSync(join(aside, "bin"))
  writeFileSync(join(aside, "bin/server"), "another")
  await seal(cache, "k", aside, SEALING)
  expect((await find(cache, "k", 7)).kind).toBe("sound")
})

test("what was left aside is swept: of this key, and of processes that are gone; not of others at work", async () => {
  const { cache } = testBench()
  openAside(cache, "k")
  const atWork = openAside(cache, "other")
  mkdirSync(join(cache, "aside", "third@nonsense"))
  sweepAside(cache, "k")
  expect(readdirSync(join(cache, "aside")).map((name) => join(cache, "aside", name))).toEqual([atWork])
})
