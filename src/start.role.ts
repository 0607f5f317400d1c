/** Owns: what `millrace start` runs on this machine, and what it prepares first. Never: running it (local/start.ts). */

import { parseArgs } from "node:util"
import { type Environment, readSettings, type Settings } from "./base/config.ts"
import { Misuse } from "./base/errors.ts"
import { RUNNER_NODE_FLAGS } from "./base/limits.ts"
import { givenServers } from "./local/servers.ts"
import { type RolePlan, type StartPlan, start } from "./local/start.ts"

export interface Start {
  readonly args: readonly string[]
  readonly environment: Environment
  /** The program of which each role is a process. */
  readonly entry: string
}

export async function runStart(options: Start): Promise<number> {
  return start(startPlan(options))
}

export function startPlan({ args, environment, entry }: Start): StartPlan {
  const settings = readSettings(environment)
  const { demo, rest } = readArgs(args)
  if (demo) refuseForeignServers(settings)
  const names = ["runner", "gateway", ...(demo ? ["demo"] : [])]
  const roles = names.map(
    (name): RolePlan => ({
      name,
      command: process.execPath,
      args: [...flagsOf(name), entry, name, SUPERVISED, ...rest],
    }),
  )
  const prepare = preparation(settings)
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  return { settings, environment, roles, prepare, say }
}

/** Of the engine below: a runner's memory is to stay what it says. */
function flagsOf(role: string): readonly string[] {
  return role === "runner" ? RUNNER_NODE_FLAGS : []
}

/** Behind a role's name: it was started by a supervisor, over an IPC channel. */
export const SUPERVISED = "--supervised"

function readArgs(args: readonly string[]): { readonly demo: boolean; readonly rest: readonly string[] } {
  const boolean = { type: "boolean" } as const
  const { values } = parseArgs({
    args: [...args],
    options: { demo: boolean, "no-demo": boolean, "no-facts": boolean, actors: { type: "string" } },
  })
  const facts = values["no-facts"] === true ? ["--no-facts"] : []
  const actors = values.actors === undefined ? [] : ["--actors", values.actors]
  return { demo: values.demo === true && values["no-demo"] !== true, rest: [...facts, ...actors] }
}

function refuseForeignServers(settings: Settings): void {
  const given = givenServers(settings)
  if (given.length === 0) return
  throw new Misuse({
    operation: "start with the demo",
    reason: `the demo is refused on servers it did not start itself, and ${given.join(", ")} is set`,
    hint: "leave the demo out (--no-demo), or unset it",
  })
}

/** Streams, buckets, and a guard for their disk. The modules load while the servers start. */
function preparation(settings: Settings): StartPlan["prepare"] {
  const module = import("./start.prepare.ts")
  return async (urls) => (await module).prepareStreams(settings, urls)
}
