import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { expect, test } from "vitest"
import { judgeForbidden, judgeSources } from "./tidy.ts"

const judge = (files: Record<string, string>) => judgeSources(new Map(Object.entries(files)))

test("this repository is tidy", () => {
  const said = execFileSync(process.execPath, [join(import.meta.dirname, "main.ts")], { encoding: "utf8" })
  expect(said.trim()).toBe("tidy")
})

test("an import against the table is found, also a dynamic and a type-only one", () => {
  expect(judge({ "actors/step.ts": `import { x } from "../sinks/sink.ts"` })).toHaveLength(1)
  expect(judge({ "base/log.ts": `import type { X } from "../define/event.ts"` })).toHaveLength(1)
  expect(judge({ "client/a.ts": `const x = await import("../streams/log.ts")` })).toHaveLength(1)
  expect(judge({ "actors/step.ts": `import { x } from "../streams/log.ts"` })).toEqual([])
})

test("an import that spans lines is found", () => {
  expect(judge({ "define/a.ts": `import {\n  x,\n  type Y,\n} from "../streams/log.ts"` })).toHaveLength(1)
})

test("a backend is imported only in its folder, and the folder only where things are wired", () => {
  expect(judge({ "sinks/sink.ts": `import pg from "pg"` })).toHaveLength(1)
  expect(judge({ "sinks/postgres/sink.ts": `import pg from "pg"` })).toEqual([])
  expect(judge({ "actors/a.ts": `import { x } from "../streams/nats/log.ts"` })).toHaveLength(1)
  expect(judge({ "main.ts": `import { x } from "./streams/nats/log.ts"` })).toEqual([])
})

test("a cycle of values is found, a cycle of types is none", () => {
  expect(judge({ "base/a.ts": `import { b } from "./b.ts"`, "base/b.ts": `import { a } from "./a.ts"` })).toHaveLength(
    1,
  )
  expect(judge({ "base/a.ts": `import { b } from "./b.ts"`, "base/b.ts": `import type { A } from "./a.ts"` })).toEqual(
    [],
  )
})

test("the clock, timers, chance and the environment are found outside their file, not in comments", () => {
  expect(judge({ "actors/a.ts": "const t = Date.now()" })).toHaveLength(1)
  expect(judge({ "actors/a.ts": "setTimeout(run, 5)" })).toHaveLength(1)
  expect(judge({ "actors/a.ts": "const r = Math.random()" })).toHaveLength(1)
  expect(judge({ "api/a.ts": "process.env.HOME" })).toHaveLength(1)
  expect(judge({ "actors/a.ts": "// Date.now() is not for here" })).toEqual([])
  expect(judge({ "base/clock.ts": "const t = Date.now()" })).toEqual([])
})

test("a barrel is found, an entry point may be one", () => {
  expect(judge({ "wire/all.ts": `export { a } from "./a.ts"\nexport * from "./b.ts"` })).toHaveLength(1)
  expect(judge({ "client/index.ts": `export { a } from "./a.ts"` })).toEqual([])
})

test("a file that is too long is found", () => {
  expect(judge({ "base/a.ts": "const a = 1\n".repeat(500) })).toHaveLength(1)
})

test("a machine's path and a switched-off test are found in any file", () => {
  const found = judgeForbidden(
    new Map([
      ["a.md", `see /${"work"}/main`],
      ["b.test.ts", `it.${"only"}("x")`],
      ["c.md", "fine"],
    ]),
  )
  expect(found).toEqual(["a.md:1: a path of one machine", "b.test.ts:1: a test that is switched off, or runs alone"])
})
