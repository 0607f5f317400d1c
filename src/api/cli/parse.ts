/**
 * Owns: from words to a command with its operands and flags, or a Misuse that names what would be right.
 * Never: what a value means.
 */

import { parseArgs } from "node:util"
import { Misuse } from "../../base/errors.ts"
import type { Command } from "./command.ts"
import { usageOf } from "./help.ts"
import type { Given } from "./invocation.ts"
import { closest } from "./suggest.ts"

export interface Found {
  readonly command: Command
  readonly rest: readonly string[]
}

/** The longest name wins: "topology diff" before "topology". */
export function findCommand(commands: readonly Command[], words: readonly string[]): Found {
  const [first = "", second] = words
  const two = commands.find(({ name }) => name === `${first} ${second}`)
  if (two !== undefined) return { command: two, rest: words.slice(2) }
  const one = commands.find(({ name }) => name === first)
  if (one !== undefined) return { command: one, rest: words.slice(1) }
  throw unknownCommand(commands, first, second)
}

function unknownCommand(commands: readonly Command[], first: string, second: string | undefined): Misuse {
  const family = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name)
  if (family.length > 0) {
    const reason = second === undefined || second.startsWith("-") ? `${first} what?` : `there is no ${first} ${second}`
    return new Misuse({ operation: "millrace", reason, hint: `there is ${family.join(" and ")}` })
  }
  const meant = closest(first, [...new Set(commands.flatMap(({ name }) => [name, name.split(" ")[0]!]))])
  const hint = meant === undefined ? "millrace --help lists what there is" : `did you mean millrace ${meant}?`
  return new Misuse({ operation: "millrace", reason: `there is no command ${JSON.stringify(first)}`, hint })
}

export function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--")
  return (end === -1 ? words : words.slice(0, end)).some((word) => word === "--help" || word === "-h")
}

export function parseWords(command: Command, words: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.entries(command.flags).map(([name, { takes }]) => [
      name,
      { type: takes === undefined ? "boolean" : "string" } as const,
    ]),
  )
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true })
  const flags = new Map<string, string | true>()
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value)
    if (token.kind === "option") flags.set(token.name, flagValue(command, token.name, token.rawName, token.value))
  }
  checkOperands(command, operands, flags)
  return { operands, flags }
}

function flagValue(command: Command, name: string, raw: string, value: string | undefined): string | true {
  const flag = Object.hasOwn(command.flags, name) ? command.flags[name] : undefined
  if (flag === undefined) throw unknownFlag(command, name, raw)
  if (flag.takes === undefined) {
    if (value !== undefined) throw misuse(command, `${raw} takes no value`)
    return true
  }
  if (value === undefined || value === "") throw misuse(command, `${raw} needs a value: ${raw} ${flag.takes}`)
  return value
}

function unknownFlag(command: Command, name: string, raw: string): Misuse {
  const known = Object.keys(command.flags)
  const meant = closest(name, known)
  if (meant !== undefined) return misuse(command, `there is no ${raw}`, `did you mean --${meant}?`)
  const flags = known.map((flag) => `--${flag}`).join(", ")
  return misuse(command, `there is no ${raw}`, known.length === 0 ? "it takes no flags" : `there is ${flags}`)
}

function checkOperands(command: Command, given: readonly string[], flags: Given["flags"]): void {
  const extra = given[command.operands.length]
  if (extra !== undefined) {
    throw misuse(command, `${JSON.stringify(extra)} is one word too many`, `usage: ${usageOf(command)}`)
  }
  // A file of events stands for the operands that describe one.
  if (flags.has("file")) return
  const missing = command.operands.find(({ optional }, index) => optional !== true && given[index] === undefined)
  if (missing !== undefined) throw misuse(command, `<${missing.name}> is missing`, `usage: ${usageOf(command)}`)
}

function misuse(command: Command, reason: string, hint?: string): Misuse {
  return new Misuse({ operation: `millrace ${command.name}`, reason, ...(hint === undefined ? {} : { hint }) })
}
