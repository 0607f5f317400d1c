/**
 * Owns: the process: which part of Millrace this one is. Each part loads only when it is asked for.
 * Never: the work of a part. Nothing else reads process.env.
 */

import { fileURLToPath } from "node:url"
import type { Environment } from "./base/config.ts"
import { explain } from "./base/errors.ts"
import { EXIT } from "./base/exit.ts"
import type { RoleBody } from "./base/role.ts"

/** The program that each role is a process of; the same in a clone (src/) and in the package (dist/). */
const ENTRY = fileURLToPath(new URL("../bin/millrace.js", import.meta.url))
const SUPERVISED = "--supervised"

/** What runs until it is told to end, one process each. */
const ROLES: Readonly<Record<string, () => Promise<RoleBody>>> = {
  runner: async () => (await import("./runner.role.ts")).runnerRole,
  gateway: async () => (await import("./gateway.role.ts")).gatewayRole,
  demo: async () => (await import("./demo.role.ts")).demoRole,
}

async function runRoleNamed(name: string, args: readonly string[], environment: Environment): Promise<number> {
  if (name === "start") return (await import("./start.role.ts")).runStart({ args, environment, entry: ENTRY })
  if (name === "dev") return (await import("./dev.role.ts")).runDev({ args, environment, entry: ENTRY })
  const load = ROLES[name]
  if (load === undefined) throw new Error(`there is no role ${name}`)
  const [{ runRole }, body] = await Promise.all([import("./base/role.ts"), load()])
  return runRole({ name, body, args, environment, supervised: args.includes(SUPERVISED) })
}

async function main(words: readonly string[], environment: Environment): Promise<number> {
  const [name = "", ...rest] = words
  if (rest.includes(SUPERVISED)) return runRoleNamed(name, rest, environment)
  const [{ runCli }, { wiring }] = await Promise.all([import("./api/cli/main.ts"), import("./wiring.ts")])
  return runCli(
    words,
    environment,
    wiring(environment, (role, args) => runRoleNamed(role, args, environment)),
  )
}

/** What nobody caught is a bug: said in full, and not taken for an answer. */
function crash(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? explain(error)) : explain(error)}\n`)
  process.exit(EXIT.bug)
}

process.on("uncaughtException", crash)
process.on("unhandledRejection", crash)
process.exit(await main(process.argv.slice(2), process.env))
