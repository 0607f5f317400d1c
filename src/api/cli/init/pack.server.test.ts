/**
 * The package as a stranger meets it: packed, installed into an empty folder, a project made with it, installed, tested
 * and type-checked. It needs no server, but npm and its registry, and a minute.
 */

import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url))
const QUIET = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]

const run = promisify(execFile)
let folder: string
let shop: string

async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  // npm hands its own settings to its scripts, and so to this test; the npm that a stranger starts has none of them.
  const environment = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$|VITEST|MILLRACE_)/i.test(name))
  const { stdout } = await run("npm", [...args], { cwd, env: Object.fromEntries(environment), maxBuffer: 2 ** 24 })
  return stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-pack-"))
  shop = join(folder, "shop")
  await npm(ROOT, "pack", "--pack-destination", folder, "--loglevel=error")
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "none"
  await writeFile(join(folder, "package.json"), '{ "private": true }')
  await npm(folder, "install", ...QUIET, `./${tarball}`)
  await npm(folder, "exec", "--no", "--", "millrace", "init", "shop", "--package", `file:../${tarball}`)
  await npm(shop, "install", ...QUIET)
}, 180_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

test("the package has what it needs at run time, and none of its tests", async () => {
  const dist = join(folder, "node_modules", "millrace", "dist")
  const files = await readdir(dist, { recursive: true })
  expect(files).toEqual(
    expect.arrayContaining([
      "main.js",
      "api/web/page.css",
      "api/web/app.js",
      "api/web/format.js",
      "local/ferretdb/go.sum",
    ]),
  )
  expect(files.filter((file) => /\.(test|contract)\.(js|d\.ts)$|\/testing\//.test(file))).toEqual([])
})

test("a new project's test passes as it is", async () => {
  expect(await npm(shop, "test")).toMatch(/pass 2\n[\s\S]*fail 0\n/)
})

test("a new project's types are right, and a wrong field is found", async () => {
  await npm(shop, "run", "check")
  const actors = join(shop, "src", "actors.ts")
  await writeFile(actors, (await readFile(actors, "utf8")).replace('m.sum("amount")', 'm.sum("amuont")'))
  await expect(npm(shop, "run", "check")).rejects.toMatchObject({ stdout: expect.stringContaining("amuont") })
})

test("its command runs in the new project, and knows its own events", async () => {
  expect(await npm(shop, "exec", "--no", "--", "millrace", "--version")).toMatch(/^millrace \d/)
  const words = ["publish", "order_placed", "o1", '{"orderId":"o1"}', "--actors", "src/actors.ts"]
  const refused = npm(shop, "exec", "--no", "--", "millrace", ...words)
  await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("shop: Missing key") })
})

test("no folder of the package is taken for something else than itself", async () => {
  const manifest = JSON.parse(await readFile(join(shop, "node_modules", "millrace", "package.json"), "utf8"))
  const named = Object.values<Record<string, string>>(manifest.exports).flatMap((entry) => Object.values(entry))
  const files = await readdir(join(shop, "node_modules", "millrace"), { recursive: true })
  for (const path of named) expect(files).toContain(path.replace(`.${"/"}`, ""))
  expect(dirname(manifest.bin.millrace)).toBe("bin")
})
