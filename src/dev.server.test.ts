import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { askStatus } from "./api/cli/admin.ts"
import { identify } from "./local/identity.ts"
import { readServices, runFolder } from "./local/run-folder.ts"
import { Program, until } from "./local/testing/program.ts"
import { temporaryFolder, testCache } from "./local/testing/servers.ts"

/** `millrace dev` as people run it, on a project of their own; the databases are never contacted. */
const ENTRY = join(import.meta.dirname, "../bin/millrace.js")
const PACKAGE = join(import.meta.dirname, "index.ts")
const OTHERS = { MILLRACE_POSTGRES_URL: "postgres://127.0.0.1:1/none", MILLRACE_MONGO_URL: "mongodb://127.0.0.1:1" }

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (let undo = cleanups.pop(); undo !== undefined; undo = cleanups.pop()) await undo()
})

const EVENTS = `import { event, Schema } from ${JSON.stringify(PACKAGE)}
export const OrderPlaced = event("order_placed", {
  version: 1, key: "orderId", data: Schema.Struct({ orderId: Schema.String, shop: Schema.String }),
})
`
const actors = (title: string, window: string) => `import { actor, tumbling } from ${JSON.stringify(PACKAGE)}
import { OrderPlaced } from "./events.ts"
export const shopSales = actor("shop_sales", {
  version: 1, title: ${JSON.stringify(title)}, on: [OrderPlaced], key: "shop",
  windows: [tumbling(${JSON.stringify(window)})], measures: (m) => ({ orders: m.count() }),
})
`

function project() {
  const dir = temporaryFolder()
  cleanups.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  mkdirSync(join(dir, "src"))
  writeFileSync(join(dir, "package.json"), JSON.stringify({ type: "module" }))
  writeFileSync(join(dir, "src/events.ts"), EVENTS)
  const data = join(dir, "data")
  const environment = { ...process.env, ...OTHERS, MILLRACE_DIR: data, MILLRACE_CACHE: testCache() }
  const own = { ...environment, MILLRACE_HTTP_PORT: "0", MILLRACE_METRICS_PORT: "0" }
  const module = join(dir, "src/actors.ts")
  const edit = (text: string) => writeFileSync(module, text)
  const run = (...words: string[]) => {
    const program = new Program([ENTRY, ...words], own)
    cleanups.push(async () => {
      program.signal("SIGTERM")
      await program.ended()
    })
    return program
  }
  const status = () => askStatus(readServices(data)?.http ?? "")
  const pid = (role: string): number => JSON.parse(readFileSync(join(runFolder(data), `${role}.pid`), "utf8")).pid
  return { data, module, edit, run, status, pid }
}

test("an edit is shown and taken up; one that cannot run changes nothing; another generation has the whole log", async () => {
  const { module, edit, run, status, pid } = project()
  edit("export const broken = ")
  const dev = run("dev", "--actors", module)
  await dev.says(/^nothing runs yet; waiting for an edit that can/)
  edit(actors("Sales", "1 minute"))
  await dev.says(/^ready http/)
  expect((await status()).generation).toMatchObject({ number: 1, fingerprint: expect.any(String) })
  const order = JSON.stringify({ orderId: "o1", shop: "harbour" })
  expect((await run("publish", "order_placed", "o1", order, "--actors", module).ended()).code).toBe(0)
  const applied = async () => (await status()).counts?.deliveries.applied ?? 0
  await until(async () => (await applied()) > 0, "the order is counted")

  const before = pid("runner")
  edit(actors("Sales of shops", "1 minute"))
  await dev.says(/^ {2}title: words for people alone \[nothing\]/)
  await dev.says(/^generation 1 goes on with the edit/)
  expect(pid("runner")).not.toBe(before)
  expect(identify(before)).toBeUndefined()

  const kept = pid("runner")
  edit(actors("Sales of shops", "1 fortnight"))
  await dev.says(/^not sound: 1 problem/)
  await dev.says(/^what ran before goes on/)
  expect(pid("runner")).toBe(kept)

  edit(actors("Sales of shops", "5 minutes"))
  await dev.says(/^ {2}windows: tumbling sizeMs 300000 is new/)
  await dev.says(/^generation 2 goes on with the edit/)
  expect((await status()).generation?.number).toBe(2)
  await until(async () => (await applied()) > 0, "the order of before is counted again, from the log")

  edit(actors("Sales of shops", "1 minute"))
  await dev.says(/^generation 1 goes on: it was begun with this very code/)
  const taken = () => dev.output.split("generation 1 goes on with the edit").length - 1
  await until(() => taken() === 2, "the first generation is back")
  expect((await status()).generation?.number).toBe(1)
  await until(async () => (await applied()) > 0, "with what it had counted")
  expect((await status()).roles.find(({ name }) => name === "runner")).toMatchObject({ restarts: 0, lastFailure: null })

  edit(actors("Sales of shops", "10 minutes"))
  await dev.says(/^generation 3 goes on with the edit/)
  const { output } = await run("topology", "diff").ended()
  expect(output).toContain("OUTBOX_3")
  expect(output).not.toContain("_2")
  dev.signal("SIGTERM")
  expect((await dev.ended()).code).toBe(0)
})
