import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { afterEach, expect, test } from "vitest"
import { sourcesOf } from "./sources.ts"
import { FolderWatch } from "./watch.ts"

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const undo of cleanups.splice(0)) undo()
})

/** A project whose files are these, by path. */
function project(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "millrace-dev-"))
  cleanups.push(() => rmSync(root, { recursive: true, force: true }))
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, ".."), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [path, text] of Object.entries({ "package.json": "{}", ...files })) write(path, text)
  const at = (path: string) => join(root, path)
  const read = () => sourcesOf(at("src/actors.ts"))
  return { root, write, at, read, paths: () => read().files.map((file) => relative(root, file)) }
}

test("a module is its own file and what it imports, however deep, below the project", () => {
  const { paths } = project({
    "src/actors.ts": `import { a } from "millrace"\nimport { E } from './events.ts'\nexport * from "./more/index.ts"`,
    "src/events.ts": `const late = await import("../shared/late.ts")`,
    "src/more/index.ts": `import "../events.ts"; import x from "../../../outside.ts"`,
    "shared/late.ts": "",
    "src/unused.ts": "",
  })
  expect(paths().sort()).toEqual(["shared/late.ts", "src/actors.ts", "src/events.ts", "src/more/index.ts"])
})

test("its digest changes with the content of any of them, and with nothing else", () => {
  const { read, write } = project({ "src/actors.ts": `import "./events.ts"`, "src/events.ts": "1" })
  const before = read().digest
  write("src/other.ts", "2")
  write("src/events.ts", "1")
  expect(read().digest).toBe(before)
  write("src/events.ts", "2")
  expect(read().digest).not.toBe(before)
})

test("a file that is imported and not there yet belongs to it", () => {
  const { read, paths, write } = project({ "src/actors.ts": `import "./events.ts"` })
  expect(paths()).toEqual(["src/actors.ts", "src/events.ts"])
  const before = read().digest
  write("src/events.ts", "1")
  expect(read().digest).not.toBe(before)
})

test("a file that is put in the place of another is noticed, and nothing once it is closed", async () => {
  const { at, write } = project({ "src/actors.ts": "1" })
  const heard = Promise.withResolvers<void>()
  const watch = new FolderWatch(heard.resolve)
  cleanups.push(() => watch.close())
  watch.follow([at("src/actors.ts")])
  write("elsewhere.ts", "2")
  renameSync(at("elsewhere.ts"), at("src/actors.ts"))
  await heard.promise
})
