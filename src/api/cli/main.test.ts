import { resolve } from "node:path"
import { expect, test } from "vitest"
import { Misuse, Unreachable } from "../../base/errors.ts"
import { COMMANDS } from "./commands.ts"
import { helpOf, overview } from "./help.ts"
import { cli } from "./testing/terminal.ts"

test("help says what it said", async () => {
  const all = [overview(COMMANDS, "0.0.0"), ...COMMANDS.map(helpOf)].join("\n")
  await expect(all).toMatchFileSnapshot("testing/help.txt")
})

test("every command has --help, and the same behind `help`", async () => {
  for (const { name } of COMMANDS) {
    const flag = await cli([...name.split(" "), "--help"])
    const word = await cli(["help", ...name.split(" ")])
    expect([name, flag.code, flag.err]).toEqual([name, 0, ""])
    expect(word).toEqual(flag)
  }
})

test("the first word of a family of commands shows all of it", async () => {
  const { code, out } = await cli(["topology", "--help"])
  expect(code).toBe(0)
  expect(out).toContain("millrace topology diff: ")
  expect(out).toContain("millrace topology apply: ")
})

test("without a command there is help on standard error, and exit code 2", async () => {
  const { code, out, err } = await cli([])
  expect([code, out]).toEqual([2, ""])
  expect(err).toContain("Usage: millrace <command>")
})

const WRONG: readonly (readonly [string, string])[] = [
  ["pubish", "did you mean millrace publish?"],
  ["topolgy", "did you mean millrace topology?"],
  ["topology", "there is topology diff and topology apply"],
  ["topology dif", "there is no topology dif"],
  ["status --jsn", "did you mean --json?"],
  ["status --json=yes", "--json takes no value"],
  ["publish --tenant", "--tenant needs a value: --tenant <tenant>"],
  ["publish a b", "<json> is missing"],
  ["publish a b c d", '"d" is one word too many'],
  ["gateway --port 3", "there is --actors"],
  ["start x", '"x" is one word too many'],
  ["tail --dead --outbox", "two different streams"],
  ["simulate --steps many", "--steps many is not a whole number"],
  ["init", "<dir> is missing"],
  ["zzzzzz", "millrace --help lists what there is"],
  ["constructor", "there is no command"],
  ["status --constructor", "there is no --constructor"],
]

test.each(WRONG)("`millrace %s` is exit code 2 and says what would be right", async (words, says) => {
  const { code, out, err } = await cli(words.split(" "))
  expect([code, out]).toEqual([2, ""])
  expect(err).toContain(says)
})

test("a wrong setting is named with what was expected", async () => {
  const { code, err } = await cli(["status"], { environment: { MILLRACE_HTTP_PORT: "http" } })
  expect(code).toBe(2)
  expect(err).toContain("MILLRACE_HTTP_PORT")
  expect(err).toContain("expected a port")
})

test("a gateway that is not there is exit code 3, and what to do", async () => {
  const { code, out, err } = await cli(["status"], { environment: { MILLRACE_HTTP_PORT: "1" } })
  expect([code, out]).toEqual([3, ""])
  expect(err).toContain("http://127.0.0.1:1")
  expect(err).toContain("npm start")
})

test("without a NATS server to know of, exit code 3 names the setting", async () => {
  const { code, err } = await cli(["topology", "diff"])
  expect(code).toBe(3)
  expect(err).toContain("MILLRACE_NATS_URL")
})

test("roles get their flags, and their exit code is the command's", async () => {
  const called: unknown[] = []
  const role = async (name: string, args: readonly string[]) => {
    called.push([name, args])
    return 3
  }
  const { code } = await cli(["start", "--demo", "--actors", "mine.ts"], { wiring: { role } })
  expect(code).toBe(3)
  expect(called).toEqual([["start", ["--demo", "--actors", resolve("mine.ts")]]])
})

test("a failure that may pass is 3, one that never will is 2, and a bug is 70 with its stack", async () => {
  const ends = async (error: Error) => cli(["gateway"], { wiring: { role: () => Promise.reject(error) } })
  expect((await ends(new Unreachable({ operation: "a", reason: "b" }))).code).toBe(3)
  expect((await ends(new Misuse({ operation: "a", reason: "b", hint: "c" }))).err).toBe("a: b\n  c\n")
  const bug = await ends(new TypeError("x is undefined"))
  expect(bug.code).toBe(70)
  expect(bug.err).toContain("a bug in Millrace")
  expect(bug.err).toContain("main.test.ts")
})

test("version is one JSON document with --json", async () => {
  const { out, err } = await cli(["version", "--json"])
  expect(JSON.parse(out)).toEqual({ millrace: expect.stringMatching(/^\d+\.\d+\.\d+/), node: process.versions.node })
  expect(err).toBe("")
})

test("a simulation reports in one JSON document, and the same seed gives the same trace", async () => {
  const run = async () => JSON.parse((await cli(["simulate", "--seed", "7", "--steps", "1000", "--json"])).out)
  const first = await run()
  expect(first).toMatchObject({ ok: true, seed: 7 })
  expect((await run()).hash).toBe(first.hash)
})
