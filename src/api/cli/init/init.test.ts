import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { cli } from "../testing/terminal.ts"

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "millrace-init-"))
})
afterAll(() => rm(root, { recursive: true }))

test("a new project has its files, its name and this version, and no blank left to fill", async () => {
  const dir = join(root, "My Shop!")
  const { code, out } = await cli(["init", dir, "--json"])
  expect(code).toBe(0)
  const files: string[] = JSON.parse(out).files
  const found = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  expect(found.length).toBe(files.length)
  for (const file of files) expect(await readFile(join(dir, file), "utf8")).not.toContain("{{")
  const manifest = JSON.parse(await readFile(join(dir, "package.json"), "utf8"))
  const { millrace } = JSON.parse((await cli(["version", "--json"])).out)
  expect(manifest).toMatchObject({ name: "my-shop", dependencies: { millrace } })
})

test("what to depend on can be said", async () => {
  const dir = join(root, "local")
  await cli(["init", dir, "--package", "file:../millrace.tgz"])
  const manifest = JSON.parse(await readFile(join(dir, "package.json"), "utf8"))
  expect(manifest.dependencies.millrace).toBe("file:../millrace.tgz")
})

test("a folder with something in it is left as it is", async () => {
  await writeFile(join(root, "kept.txt"), "mine")
  const { code, err } = await cli(["init", root])
  expect(code).toBe(2)
  expect(err).toContain("the folder is not empty")
  expect(await readFile(join(root, "kept.txt"), "utf8")).toBe("mine")
  expect(await readdir(root)).not.toContain("package.json")
})

test("a file is no folder", async () => {
  await writeFile(join(root, "file"), "")
  expect((await cli(["init", join(root, "file")])).err).toContain("it is a file")
})
