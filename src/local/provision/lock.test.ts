import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { sleep, systemClock } from "../../base/clock.ts"
import { Unreachable } from "../../base/errors.ts"
import { CACHE_LOCK_STALE_AFTER_MS } from "../../base/limits.ts"
import { type LockOptions, ownName, withLock } from "./lock.ts"
import { testBench } from "./testing/bench.ts"

function lock(more: Partial<LockOptions> = {}): LockOptions & { readonly holders: string[] } {
  const holders: string[] = []
  const waiting = (holder: string) => holders.push(holder)
  return { folder: join(testBench().cache, "locks"), key: "k", clock: systemClock, waiting, holders, ...more }
}

const announce = (options: LockOptions, owner: string) => {
  mkdirSync(options.folder, { recursive: true })
  const file = join(options.folder, `${options.key}@${owner}`)
  writeFileSync(file, "")
  return file
}

test("C1 of many at once one works at a time, and each comes to its turn", async () => {
  const options = lock()
  let inside = 0
  let most = 0
  const one = () =>
    withLock(options, async () => {
      inside++
      most = Math.max(most, inside)
      await sleep(systemClock, 5)
      inside--
    })
  await Promise.all([one(), one(), one(), one()])
  expect(most).toBe(1)
  expect(options.holders.length).toBeGreaterThan(0)
  expect(readdirSync(options.folder)).toEqual([])
})

test("keys do not wait for each other", async () => {
  const options = lock()
  await withLock(options, () => withLock({ ...options, key: "other" }, () => Promise.resolve()))
  expect(options.holders).toEqual([])
})

test("C2 the lock of a process that is dead is passed over and removed", async () => {
  const options = lock()
  const { pid } = spawnSync("true")
  announce(options, `${hostname()}~${pid}~1~x`)
  announce(options, "not a name of ours")
  expect(await withLock(options, async () => readdirSync(options.folder).length)).toBe(1)
  expect(options.holders).toEqual([])
})

test.runIf(process.platform === "linux")("C2 a pid that another process has now is not its owner", async () => {
  const options = lock()
  announce(options, `${hostname()}~${process.pid}~1~x`)
  await withLock(options, () => Promise.resolve())
  expect(options.holders).toEqual([])
})

test("C2 a lock from elsewhere holds for as long as it is touched", async () => {
  const stop = new AbortController()
  const options = lock({ signal: stop.signal, waiting: () => stop.abort() })
  const file = announce(options, "elsewhere~1~1~x")
  await expect(withLock(options, () => Promise.resolve())).rejects.toThrow(Unreachable)
  const longAgo = (systemClock.now() - CACHE_LOCK_STALE_AFTER_MS - 1_000) / 1000
  utimesSync(file, longAgo, longAgo)
  expect(await withLock(options, async () => "mine")).toBe("mine")
})

test("work that fails gives the lock back", async () => {
  const options = lock()
  await expect(withLock(options, () => Promise.reject(new Error("no")))).rejects.toThrow("no")
  expect(await withLock(options, async () => "mine")).toBe("mine")
})

test("a name is never used twice", () => {
  expect(ownName()).not.toBe(ownName())
})
