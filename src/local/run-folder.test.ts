import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { Misuse } from "../base/errors.ts"
import { identify, isAlive } from "./identity.ts"
import { endOrphans } from "./orphans.ts"
import { holdFolder, readServices, runFolder, writeServices } from "./run-folder.ts"

let dir = ""
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "millrace-run-"))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const self = identify(process.pid)!
const NOBODY = { pid: 2 ** 22 + 1, started: "never" }
const lock = () => join(runFolder(dir), "lock.json")

test("a process is itself, and not a later one with its pid", () => {
  expect(isAlive(self)).toBe(true)
  expect(isAlive({ ...self, started: `${self.started}0` })).toBe(false)
  expect(identify(NOBODY.pid)).toBeUndefined()
})

test("U1 a held folder is refused with the pid and the address of its holder, and free again after release", () => {
  const held = holdFolder(dir)
  writeServices(dir, { nats: "n", postgres: "p", mongo: "m", http: "http://127.0.0.1:4000", metrics: "x" })
  expect(() => holdFolder(dir)).toThrow(Misuse)
  expect(() => holdFolder(dir)).toThrow(`process ${process.pid}, at http://127.0.0.1:4000`)
  held.release()
  holdFolder(dir).release()
})

for (const [whose, content] of [
  ["of a process that is gone", JSON.stringify(NOBODY)],
  ["whose pid another process has by now", JSON.stringify({ ...self, started: "long ago" })],
  ["that was cut short", '{"pid": 1'],
] as const) {
  test(`U1 a lock ${whose} is nobody's`, () => {
    holdFolder(dir).release()
    writeFileSync(lock(), content)
    const held = holdFolder(dir)
    expect(readdirSync(runFolder(dir))).toEqual(["lock.json"])
    held.release()
    expect(readdirSync(runFolder(dir))).toEqual([])
  })
}

test("U2 services.json that is not whole is as none", () => {
  holdFolder(dir).release()
  writeFileSync(join(runFolder(dir), "services.json"), '{"nats": "nats://127.0.0.1:4222"}')
  expect(readServices(dir)).toBeUndefined()
})

test("a pid file whose pid another process has by now ends nobody, and is removed", async () => {
  holdFolder(dir).release()
  const said: string[] = []
  const file = { name: "nats", ...self, started: "long ago", stopSignal: "SIGTERM" }
  writeFileSync(join(runFolder(dir), "nats.pid"), JSON.stringify(file))
  await endOrphans(runFolder(dir), (line) => said.push(line))
  expect(said).toEqual([])
  expect(readdirSync(runFolder(dir))).toEqual([])
})
