import { spawn } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { SERVER_STOP_WITHIN_MS } from "../base/limits.ts"
import { freePort } from "./ports.ts"
import { POSTGRES_USER, startPostgres } from "./postgres.ts"
import { askPostgres } from "./postgres-wire.ts"
import type { Running } from "./process.ts"
import { obtainPostgres } from "./provision/provision.ts"
import { startTestMongo, startTestPostgres, temporaryFolder, testCache } from "./testing/servers.ts"

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (let undo = cleanups.pop(); undo !== undefined; undo = cleanups.pop()) await undo()
})

async function started(dir: string): Promise<{ running: Running; port: number }> {
  const { what } = await obtainPostgres({ cache: testCache(), report: () => {}, environment: process.env })
  const { initdb, postgres } = what
  const port = await freePort()
  const place = { runDir: join(dir, "run"), dataDir: join(dir, "data"), env: process.env }
  const own = { name: "postgres", database: "millrace", throwaway: true }
  const running = await startPostgres({ ...own, initdb, postgres, port, ...place })
  cleanups.push(() => running.stop(SERVER_STOP_WITHIN_MS))
  return { running, port }
}

function folder(): string {
  const dir = temporaryFolder()
  cleanups.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}

const ours = (port: number) => ({ port, user: POSTGRES_USER, database: "millrace" })

test("what was committed is there after a kill, on another port", async () => {
  const dir = folder()
  const first = await started(dir)
  await askPostgres(ours(first.port), "CREATE TABLE kept AS SELECT 1 AS one")
  first.running.kill()
  await first.running.exited
  const second = await started(dir)
  expect(await askPostgres(ours(second.port), "SELECT * FROM kept")).toBe(1)
})

test("a lock left by a kill does not fool it when its pid belongs to another process by now", async () => {
  const dir = folder()
  const first = await started(dir)
  first.running.kill()
  await first.running.exited
  const lock = join(dir, "data/postmaster.pid")
  const [, ...rest] = readFileSync(lock, "utf8").split("\n")
  const { uid, gid } = statSync(lock)
  const stranger = spawn("sleep", ["300"], { uid, gid, cwd: "/" })
  cleanups.push(() => stranger.kill())
  writeFileSync(lock, [String(stranger.pid), ...rest].join("\n"))
  const second = await started(dir)
  expect(await askPostgres(ours(second.port), "SELECT 1")).toBe(1)
})

test("PG1 what a killed start left half-made is made again", async () => {
  const dir = folder()
  const half = join(dir, "data.1.unfinished")
  mkdirSync(half)
  writeFileSync(join(half, "PG_VERSION"), "18\n")
  const { port } = await started(dir)
  expect(await askPostgres(ours(port), "SELECT 1")).toBe(1)
  expect(existsSync(half)).toBe(false)
})

test("a second server on the same data is refused while the first one runs", async () => {
  const dir = folder()
  const { port } = await started(dir)
  await expect(started(dir)).rejects.toThrow(/runs on it/)
  expect(await askPostgres(ours(port), "SELECT 1")).toBe(1)
})

test("it runs below a folder that other users cannot enter, and never as root", async () => {
  const closed = folder()
  chmodSync(closed, 0o700)
  const dir = join(closed, "millrace")
  mkdirSync(dir)
  const { port } = await started(dir)
  expect(await askPostgres(ours(port), "SELECT 1")).toBe(1)
  expect(statSync(join(dir, "data")).uid).not.toBe(0)
})

test("a statement that is refused says why", async () => {
  const { port } = await started(folder())
  await expect(askPostgres(ours(port), "SELECT * FROM nowhere")).rejects.toThrow(/nowhere.*42P01/)
})

test("a test's own Postgres keeps its port and data over a restart", async () => {
  const server = await startTestPostgres()
  cleanups.push(() => server.stop())
  const place = ours(Number(new URL(server.url).port))
  await askPostgres(place, "CREATE TABLE kept AS SELECT 1 AS one")
  await server.restart()
  expect(await askPostgres(place, "SELECT * FROM kept")).toBe(1)
})

test("what speaks MongoDB's protocol comes back after a kill", async () => {
  const server = await startTestMongo()
  cleanups.push(() => server.stop())
  await server.kill9()
  await server.restart()
  expect(server.url).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\/\?directConnection=true/)
})
