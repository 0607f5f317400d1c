import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { askStatus } from "./api/cli/admin.ts"
import type { StatusReport } from "./api/report.ts"
import { identify } from "./local/identity.ts"
import { readServices, runFolder } from "./local/run-folder.ts"
import { Program, until } from "./local/testing/program.ts"
import { temporaryFolder, testCache } from "./local/testing/servers.ts"

/** `millrace start` as people run it, with all three servers. */
const ENTRY = join(import.meta.dirname, "../bin/millrace.js")

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (let undo = cleanups.pop(); undo !== undefined; undo = cleanups.pop()) await undo()
})

function folder(): string {
  const dir = temporaryFolder()
  cleanups.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}

function begin(dir: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
  const own = { MILLRACE_DIR: dir, MILLRACE_CACHE: testCache(), ...environment }
  const program = new Program([ENTRY, "start", ...args], { ...process.env, ...own })
  cleanups.push(async () => {
    program.signal("SIGTERM")
    await program.ended()
  })
  return program
}

async function status(dir: string): Promise<StatusReport> {
  return askStatus(readServices(dir)?.http ?? "")
}

function pidsOf(dir: string): number[] {
  const files = readdirSync(runFolder(dir)).filter((name) => name.endsWith(".pid"))
  return files.map((name) => Number(JSON.parse(readFileSync(join(runFolder(dir), name), "utf8")).pid))
}

const stored = async (dir: string) =>
  (await status(dir)).log?.streams.find(({ name }) => name === "INGEST")?.messages ?? 0

test("everything comes up, plays, stops without a trace, and goes on from the same data", async () => {
  const dir = folder()
  const first = begin(dir, ["--demo"])
  await first.says(/^ready http/)
  for (const server of ["nats", "postgres", "mongo"])
    expect(first.output).toMatch(new RegExp(`^${server}: .* at `, "m"))
  const seen = await status(dir)
  expect(seen.checks.filter(({ ok }) => !ok)).toEqual([])
  expect(seen.roles.map(({ name, state }) => [name, state])).toEqual([
    ["runner", "running"],
    ["gateway", "running"],
    ["demo", "running"],
  ])
  await until(async () => (await stored(dir)) > 0, "demo events are in the log")
  const pids = pidsOf(dir)
  first.signal("SIGTERM")
  expect((await first.ended()).code).toBe(0)
  expect(pids.filter((pid) => identify(pid) !== undefined)).toEqual([])
  expect(existsSync(join(runFolder(dir), "services.json"))).toBe(false)

  const second = begin(dir, [])
  await second.says(/^ready http/)
  expect(await stored(dir)).toBeGreaterThan(0)
  const { servers } = await status(dir)
  expect(servers.map(({ name, up }) => [name, up]).slice(0, 3)).toEqual([
    ["nats", true],
    ["postgres", true],
    ["mongo", true],
  ])
})

test("the demo is refused on servers that it did not start itself", async () => {
  const dir = folder()
  const given = { MILLRACE_NATS_URL: "nats://127.0.0.1:1" }
  const { code, output } = await begin(dir, ["--demo"], given).ended()
  expect(code).toBe(2)
  expect(output).toContain("the demo is refused on servers it did not start itself")
  expect(output).toContain("MILLRACE_NATS_URL")
})
