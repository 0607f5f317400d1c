/**
 * Owns: a command line from words to an exit code, and how every failure is told.
 * Never: a command's work (commands/), or making servers' clients (the Wiring).
 *
 * C1 standard output has only answers; everything else is on standard error.
 * C2 exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 not reachable, 70 a bug.
 */

import { readFileSync } from "node:fs"
import type { Environment } from "../../base/config.ts"
import { explain, Failure } from "../../base/errors.ts"
import { EXIT } from "../../base/exit.ts"
import { COMMANDS } from "./commands.ts"
import { helpOf, helpOfFamily, overview } from "./help.ts"
import { Invocation } from "./invocation.ts"
import { asksForHelp, findCommand, parseWords } from "./parse.ts"
import { processTerminal, type Terminal } from "./terminal.ts"
import type { Wiring } from "./wiring.ts"

export async function runCli(
  words: readonly string[],
  environment: Environment,
  wiring: Wiring,
  terminal: Terminal = processTerminal(),
): Promise<number> {
  try {
    return await run(words, environment, wiring, terminal)
  } catch (error) {
    return tell(error, terminal)
  }
}

async function run(
  words: readonly string[],
  environment: Environment,
  wiring: Wiring,
  terminal: Terminal,
): Promise<number> {
  const version = packageVersion()
  const [first] = words
  if (first === undefined || first === "--help" || first === "-h") {
    const say = first === undefined ? terminal.err : terminal.out
    say(overview(COMMANDS, version))
    return first === undefined ? EXIT.misuse : EXIT.done
  }
  if (first === "--version" || first === "-v") return run(["version"], environment, wiring, terminal)
  if (first === "help") return help(words.slice(1), version, terminal)
  if (asksForHelp(words))
    return help(
      words.filter((word) => !word.startsWith("-")),
      version,
      terminal,
    )
  const { command, rest } = findCommand(COMMANDS, words)
  const given = parseWords(command, rest)
  return await command.run(new Invocation(given, { environment, terminal, wiring, version }))
}

function help(words: readonly string[], version: string, terminal: Terminal): number {
  const family = COMMANDS.filter(({ name }) => name.startsWith(`${words[0]} `))
  if (words.length === 0) terminal.out(overview(COMMANDS, version))
  else if (words.length === 1 && family.length > 0) terminal.out(helpOfFamily(family))
  else terminal.out(helpOf(findCommand(COMMANDS, words).command))
  return EXIT.done
}

/** A failure is for the person who ran the command; anything else is for us. */
function tell(error: unknown, terminal: Terminal): number {
  if (error instanceof Failure) {
    const hint = error.hint === undefined ? "" : `\n  ${error.hint}`
    const cause = error.cause instanceof Error ? ` (${explain(error.cause)})` : ""
    terminal.err(`${error.operation}: ${error.reason}${cause}${hint}\n`)
    return error.verdict === "refuse" ? EXIT.misuse : EXIT.unreachable
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  terminal.err(
    `This is a bug in Millrace. Please report it with what follows and the command that led to it.\n\n${stack}\n`,
  )
  return EXIT.bug
}

/** The same number of folders up in a clone (src/api/cli) and in the package (dist/api/cli). */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"))
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined
  return typeof version === "string" ? version : "unknown"
}
