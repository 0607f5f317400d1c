import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { hostname } from "node:os"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { Unreachable } from "../../base/errors.ts"
import { natsRecipe } from "./nats.ts"
import { obtainMongo, obtainNats, obtainPostgres } from "./provision.ts"
import { obtain, type Way } from "./recipe.ts"
import { fakeRecipe, scriptWay, testBench } from "./testing/bench.ts"
import { run, WayClosed } from "./workbench.ts"

const closed: Way = {
  doing: "asking a host that is away",
  did: "fetched",
  by: "from afar",
  make: () => Promise.reject(new WayClosed({ operation: "asking", reason: "the host is away" })),
}

describe("obtaining a server", () => {
  test("it is made once, then taken from the cache", async () => {
    const bench = testBench()
    const way = scriptWay()
    const first = await obtain(bench, fakeRecipe(way))
    expect(first.why).toMatch(/^written 1\.2\.3 by hand in \d+ s$/)
    const second = await obtain(bench, fakeRecipe(closed))
    expect(second).toEqual({ folder: first.folder, version: "1.2.3", why: "cached 1.2.3" })
    expect(way.made()).toBe(1)
  })

  test("of several at once, one makes it and the others wait for that", async () => {
    const bench = testBench()
    const way = scriptWay()
    await Promise.all([1, 2, 3].map(() => obtain(bench, fakeRecipe(way))))
    expect(way.made()).toBe(1)
    expect(bench.lines.some((line) => line.includes("waiting for process"))).toBe(true)
  })

  test("a way that does not lead there is said, and the next one taken", async () => {
    const bench = testBench()
    await obtain(bench, fakeRecipe(closed, scriptWay()))
    expect(bench.lines).toContain("fake: not fetched from afar: the host is away")
  })

  test("a program that says nothing of a version is not taken", async () => {
    const bench = testBench()
    const dumb: Way = { ...scriptWay(), make: async (folder) => writeFileSync(join(folder, "server"), "#!/bin/sh\n") }
    await expect(obtain(bench, fakeRecipe(dumb))).rejects.toThrow(Unreachable)
    expect(readdirSync(join(bench.cache, "aside"))).toEqual([])
  })

  test("a broken entry is said to be, and made again", async () => {
    const bench = testBench()
    const way = scriptWay()
    const { folder } = await obtain(bench, fakeRecipe(way))
    truncateSync(join(folder, "server"), 3)
    await obtain(bench, fakeRecipe(way))
    expect(bench.lines.some((line) => /fake-1\.2\.3-.* is broken \(server has 3 bytes of \d+\)/.test(line))).toBe(true)
    expect(way.made()).toBe(2)
    expect((await obtain(bench, fakeRecipe(closed))).why).toBe("cached 1.2.3")
  })

  test("what a dead process left, its lock and half an entry, is taken over and swept", async () => {
    const bench = testBench()
    const dead = `fake-1.2.3-${process.platform}-${process.arch}@${hostname()}~${spawnSync("true").pid}~1~x`
    mkdirSync(join(bench.cache, "aside", dead), { recursive: true })
    mkdirSync(join(bench.cache, "locks"))
    writeFileSync(join(bench.cache, "locks", dead), "")
    await obtain(bench, fakeRecipe(scriptWay()))
    expect(readdirSync(join(bench.cache, "locks"))).toEqual([])
    expect(readdirSync(join(bench.cache, "aside"))).toEqual([])
  })
})

describe("children", () => {
  test("the last lines of one that fails are in the failure", async () => {
    const failing = run(testBench(), {
      doing: "compiling",
      file: "sh",
      arguments: ["-c", "echo out; echo err >&2; exit 3"],
    })
    await expect(failing).rejects.toThrow(/exit code 3; its last lines:\n\s+(out\n\s+err|err\n\s+out)/)
  })

  test("one that takes too long ends, with its own children", async () => {
    const bench = testBench()
    const pidFile = join(bench.cache, "pid")
    const script = `sleep 600 & echo $! > ${pidFile}; wait`
    const slow = run(bench, { doing: "waiting", file: "sh", arguments: ["-c", script], withinMs: 500 })
    await expect(slow).rejects.toThrow("took longer than")
    const grandchild = Number(readFileSync(pidFile, "utf8"))
    expect(isRunning(grandchild)).toBe(false)
  })

  test("a stop from outside ends them", async () => {
    const stop = new AbortController()
    const bench = { ...testBench(), signal: stop.signal }
    const endless = run(bench, { doing: "waiting", file: "sleep", arguments: ["600"] })
    stop.abort()
    await expect(endless).rejects.toThrow("it was stopped")
  })

  test("a program that is missing is named", async () => {
    const missing = run(testBench(), { doing: "building", file: "no-such-program", arguments: [] })
    await expect(missing).rejects.toThrow("no-such-program could not be started")
  })
})

/** A zombie, dead but not yet waited for by its parent, does not run. */
function isRunning(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim()
  return state !== "" && !state.startsWith("Z")
}

describe("the release archive of NATS", () => {
  test("is taken when its hash is the published one", async () => {
    const bench = testBench()
    const releases = await releaseHost(bench.cache, (hash) => hash)
    const recipe = natsRecipe(bench, releases)
    const { folder, why } = await obtain(bench, { ...recipe, ways: recipe.ways.slice(0, 1) })
    expect(why).toContain("fetched 2.15.2 from its release")
    expect(readdirSync(folder).sort()).toEqual(["millrace-manifest.json", "nats-server"])
  })

  test("is refused when it is not", async () => {
    const bench = testBench()
    const releases = await releaseHost(bench.cache, (hash) =>
      hash.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
    )
    const recipe = natsRecipe(bench, releases)
    const refused = obtain(bench, { ...recipe, ways: recipe.ways.slice(0, 1) })
    await expect(refused).rejects.toThrow(/has the sha256 \w+, not/)
    expect(existsSync(join(bench.cache, "nats-server-2.15.2-linux-x64"))).toBe(false)
  })
})

/** Serves one archive with a script in it, and a list with what `published` makes of its hash. */
async function releaseHost(folder: string, published: (hash: string) => string): Promise<string> {
  const architecture = process.arch === "x64" ? "amd64" : process.arch
  const top = `nats-server-v2.15.2-${process.platform}-${architecture}`
  mkdirSync(join(folder, "release", top), { recursive: true })
  writeFileSync(join(folder, "release", top, "nats-server"), "#!/bin/sh\necho nats-server: v2.15.2\n")
  spawnSync("tar", ["-czf", "archive.tar.gz", "-C", "release", top], { cwd: folder })
  const archive = readFileSync(join(folder, "archive.tar.gz"))
  const hash = createHash("sha256").update(archive).digest("hex")
  const server = createServer((request, response) => {
    if (request.url === "/v2.15.2/SHA256SUMS") response.end(`${published(hash)}  ${top}.tar.gz\n`)
    else if (request.url === `/v2.15.2/${top}.tar.gz`) response.end(archive)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve)
  })
  onTestFinished(() => void server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
}

describe("a machine that has nothing", () => {
  const nothing = () => {
    const { cache, report } = testBench()
    return { cache, report, environment: { PATH: "/nonexistent" }, platform: { os: "linux", arch: "mips" } }
  }

  test.each([
    ["MILLRACE_NATS_URL", "install nats-server 2.14", obtainNats],
    ["MILLRACE_POSTGRES_URL", "install PostgreSQL 18", obtainPostgres],
    ["MILLRACE_MONGO_URL", "install mongod 6", obtainMongo],
  ])("names %s and the other ways out", async (variable, install, get) => {
    const failure = await get(nothing()).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(Unreachable)
    const hint = failure instanceof Unreachable ? failure.hint : ""
    for (const part of [variable, install, "compose.yaml"]) expect(hint).toContain(part)
  })
})
