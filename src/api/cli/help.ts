/** Owns: what `--help` prints. Never: facts about a command that are not in its own declaration. */

import { VARIABLES } from "../../base/config.ts"
import type { Command } from "./command.ts"

const INDENT = "  "

export function overview(commands: readonly Command[], version: string): string {
  return sections([
    [`Millrace ${version}: keyed actors on NATS JetStream, exactly once.`],
    ["Usage: millrace <command> [flags]"],
    ["Commands", ...columns(commands.map(({ name, summary }) => [name, summary]))],
    ["Environment", ...columns(Object.values(VARIABLES).map(({ name, means }) => [name, means]))],
    [
      "millrace help <command> says more about one. Exit codes: 0 done, 1 the answer is no, 2 wrong usage,",
      "3 a server or role could not be reached, 70 a bug in Millrace.",
    ],
  ])
}

export function helpOf(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, { takes, means }]) => {
    return [takes === undefined ? `--${name}` : `--${name} ${takes}`, means] as const
  })
  return sections([
    [`millrace ${command.name}: ${command.summary}`],
    [`Usage: ${usageOf(command)}`],
    command.operands.length === 0
      ? []
      : ["What it takes", ...columns(command.operands.map(({ name, means }) => [`<${name}>`, means]))],
    ["Flags", ...columns([...flags, ["--help", "this"]])],
    ...(command.notes ?? []).map((note) => [note]),
    command.examples.length === 0
      ? []
      : [
          "Examples",
          ...command.examples.flatMap(({ says, args }) => [`${INDENT}# ${says}`, `${INDENT}millrace ${args}`]),
        ],
  ])
}

/** All commands that share a first word. */
export function helpOfFamily(commands: readonly Command[]): string {
  return commands.map(helpOf).join("\n")
}

export function usageOf({ name, operands, flags }: Command): string {
  const words = operands.map((operand) => (operand.optional === true ? `[<${operand.name}>]` : `<${operand.name}>`))
  return ["millrace", name, ...words, ...(Object.keys(flags).length === 0 ? [] : ["[flags]"])].join(" ")
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}  ${right}`)
}

function sections(all: readonly (readonly string[])[]): string {
  return `${all
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`
}
