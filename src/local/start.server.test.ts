import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { afterEach, expect, test } from "vitest"
import { CHILD_DEATHS_MAX } from "../base/limits.ts"
import { close, listen } from "../base/listen.ts"
import { identify } from "./identity.ts"
import { readServices, runFolder } from "./run-folder.ts"
import { Program, until } from "./testing/program.ts"
import { temporaryFolder, testCache } from "./testing/servers.ts"

/** One server of its own (NATS) and a role: enough to see them live and die. The other two are never contacted. */
const ENTRY = fileURLToPath(new URL("./testing/start.ts", import.meta.url))
const OTHERS = { MILLRACE_POSTGRES_URL: "postgres://127.0.0.1:1/none", MILLRACE_MONGO_URL: "mongodb://127.0.0.1:1" }

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (let undo = cleanups.pop(); undo !== undefined; undo = cleanups.pop()) await undo()
})

function folder(): string {
  const dir = temporaryFolder()
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function begin(dir: string, environment: NodeJS.ProcessEnv = {}, args: readonly string[] = []): Program {
  const own = { MILLRACE_DIR: dir, MILLRACE_CACHE: testCache(), MILLRACE_METRICS_PORT: "0", ...OTHERS }
  const program = new Program([ENTRY, ...args], { ...process.env, ...own, ...environment })
  cleanups.push(async () => {
    program.signal("SIGTERM")
    await program.ended()
  })
  return program
}

function pidOf(dir: string, child: string): number {
  const file: unknown = JSON.parse(readFileSync(join(runFolder(dir), `${child}.pid`), "utf8"))
  if (typeof file !== "object" || file === null || !("pid" in file)) throw new Error("not a pid file")
  return Number(file.pid)
}

const pidsOf = (dir: string) => ["nats", "echo"].map((child) => pidOf(dir, child))
const alive = (pids: readonly number[]) => pids.filter((pid) => identify(pid) !== undefined)

async function ask(url: string): Promise<unknown> {
  return (await fetch(url)).json()
}

async function nothingIsLeft(dir: string, pids: readonly number[]): Promise<void> {
  expect(alive(pids)).toEqual([])
  expect(readdirSync(runFolder(dir))).toEqual(["logs"])
}

for (const [how, end] of [
  ["SIGTERM", (program: Program) => program.signal("SIGTERM")],
  ["Ctrl-C in a terminal", (program: Program) => program.signalGroup("SIGINT")],
  [
    "Ctrl-C that npm passes on once more",
    (program: Program) => {
      program.signalGroup("SIGINT")
      program.signal("SIGINT")
    },
  ],
] as const) {
  test(`T1 ${how} ends it with 0 and leaves nothing behind`, async () => {
    const dir = folder()
    const program = begin(dir)
    await program.says(/^ready http/)
    const pids = pidsOf(dir)
    expect(alive(pids)).toHaveLength(2)
    end(program)
    expect((await program.ended()).code).toBe(0)
    await nothingIsLeft(dir, pids)
  })
}

test("T1 a signal while it starts ends it with 0 and leaves nothing behind", async () => {
  const dir = folder()
  const program = begin(dir)
  await until(() => existsSync(join(runFolder(dir), "nats.pid")), "the server is started")
  const pid = pidOf(dir, "nats")
  program.signal("SIGTERM")
  const { code, output } = await program.ended()
  expect(output).not.toContain("ready http")
  expect(code).toBe(0)
  await nothingIsLeft(dir, [pid])
})

test("T2 ready is the last line, and services.json names what answers", async () => {
  const dir = folder()
  const program = begin(dir)
  const ready = await program.says(/^ready http/)
  expect(program.output.trimEnd().split("\n").at(-1)).toBe(ready)
  const services = readServices(dir)
  expect(ready).toContain(`ready ${services?.http} (dashboard) in `)
  expect(await ask(services!.http)).toMatchObject({ nats: services!.nats })
  const metrics = await (await fetch(services!.metrics)).text()
  expect(metrics).toMatch(/^millrace_test_asked_total\{role="echo"\} 1$/m)
  expect(metrics).toMatch(/^millrace_process_cpu_seconds_total\{role="supervisor"\} /m)
})

test("U1 a second start on the same folder is refused, and says where the first one is", async () => {
  const dir = folder()
  const first = begin(dir)
  await first.says(/^ready http/)
  const { code, output } = await begin(dir).ended()
  expect(code).toBe(2)
  expect(output).toContain(`process ${first.pid}, at ${readServices(dir)?.http}`)
})

test("two copies side by side share nothing", async () => {
  const dirs = [folder(), folder()]
  const programs = dirs.map((dir) => begin(dir))
  await Promise.all(programs.map((program) => program.says(/^ready http/)))
  const [one, two] = dirs.map((dir) => readServices(dir)!)
  expect(one!.nats).not.toBe(two!.nats)
  expect(one!.http).not.toBe(two!.http)
  expect(await ask(one!.http)).toMatchObject({ nats: one!.nats })
  expect(await ask(two!.http)).toMatchObject({ nats: two!.nats })
})

test("after kill -9 the role ends by itself, and the next start ends the server and goes on from its data", async () => {
  const dir = folder()
  const first = begin(dir)
  await first.says(/^ready http/)
  const [server, role] = pidsOf(dir)
  await publishOne(readServices(dir)!.nats)
  first.signal("SIGKILL")
  await first.ended()
  await until(() => identify(role!) === undefined, "the role has ended by itself")
  expect(alive([server!])).toEqual([server])

  const second = begin(dir)
  await second.says(/^ready http/)
  expect(second.output).toContain(`ended nats (process ${server}), left over from a start that was killed`)
  expect(alive([server!])).toEqual([])
  expect(await countStored(readServices(dir)!.nats)).toBe(1)
})

test("V1 a role that dies is started again on its port, and it is said", async () => {
  const dir = folder()
  const program = begin(dir)
  await program.says(/^ready http/)
  const { http } = readServices(dir)!
  const before = pidOf(dir, "echo")
  await fetch(`${http}/die`).catch((error: unknown) => expect(error).toBeInstanceOf(TypeError))
  await program.says(/^echo: it ended \(exit code 9\); starting it again/)
  await until(() => existsSync(join(runFolder(dir), "echo.pid")) && pidOf(dir, "echo") !== before, "another process")
  await until(() => answers(http), "the same port answers")
  expect(await ask(http)).toMatchObject({ pid: pidOf(dir, "echo") })
})

test("V1 a server that is killed is started again on its port and data", async () => {
  const dir = folder()
  const program = begin(dir)
  await program.says(/^ready http/)
  const { nats } = readServices(dir)!
  await publishOne(nats)
  process.kill(pidOf(dir, "nats"), "SIGKILL")
  await program.says(/^nats: it ended \(SIGKILL\); starting it again/)
  expect(await countStored(nats)).toBe(1)
})

test("V2 a role that keeps dying ends the whole, with its last words", async () => {
  const dir = folder()
  const program = begin(dir, {}, ["--dies"])
  await until(() => existsSync(join(runFolder(dir), "nats.pid")), "the server is started")
  const pid = pidOf(dir, "nats")
  const { code, output } = await program.ended()
  expect(code).toBe(3)
  expect(output).toContain(`echo: it died ${CHILD_DEATHS_MAX} times`)
  expect(output).toContain("this role only dies")
  await nothingIsLeft(dir, [pid])
})

test("a port that was asked for and is taken is refused before anything starts", async () => {
  const neighbour = createServer()
  const url = await listen(neighbour, { host: "127.0.0.1", port: { port: 0, asked: true }, variable: "none" })
  cleanups.push(() => close(neighbour))
  const dir = folder()
  const { code, output } = await begin(dir, { MILLRACE_HTTP_PORT: new URL(url).port }).ended()
  expect(code).toBe(2)
  expect(output).toContain("MILLRACE_HTTP_PORT")
  expect(readdirSync(runFolder(dir))).toEqual([])
})

async function answers(http: string): Promise<boolean> {
  return fetch(http).then(
    () => true,
    () => false,
  )
}

async function publishOne(url: string): Promise<void> {
  const connection = await connect({ servers: url })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: "KEPT", subjects: ["kept"] })
  await jetstream(connection).publish("kept", "one")
  await connection.close()
}

async function countStored(url: string): Promise<number> {
  const connection = await connect({ servers: url, waitOnFirstConnect: true, reconnectTimeWait: 50 })
  const manager = await jetstreamManager(connection)
  const { state } = await manager.streams.info("KEPT")
  await connection.close()
  return state.messages
}
