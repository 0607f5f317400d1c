/**
 * Owns: an actor check in a process of its own: a module is loaded once a process, and one that fails must not stay.
 * Never: what to do about it.
 */

import { spawn } from "node:child_process"
import type { ActorCheck } from "./api/actor-check/check.ts"
import type { Environment } from "./base/config.ts"
import { DEV_CHECK_WITHIN_MS } from "./base/limits.ts"

export interface CheckOptions {
  /** The program that knows the command. */
  readonly entry: string
  readonly module: string
  readonly environment: Environment
}

/** A failed one could not be loaded, or compared; with the words for people. */
export type Checked =
  | { readonly tag: "checked"; readonly check: ActorCheck }
  | { readonly tag: "failed"; readonly says: string }

export async function checkInProcess({ entry, module, environment }: CheckOptions): Promise<Checked> {
  const child = spawn(process.execPath, [entry, "actor", "check", "--json", "--actors", module], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: DEV_CHECK_WITHIN_MS,
  })
  const [out, err] = [textOf(child.stdout), textOf(child.stderr)]
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  if (code === null) return { tag: "failed", says: `${module} took more than ${DEV_CHECK_WITHIN_MS} ms to be loaded` }
  const check = code > 1 ? undefined : checkIn(out())
  return check === undefined ? { tag: "failed", says: err().trim() } : { tag: "checked", check }
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  let text = ""
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk
  })
  return () => text
}

/** It was said by the same version of this program; anything else (a module that prints) is none. */
function checkIn(text: string): ActorCheck | undefined {
  const start = text.indexOf("{")
  try {
    const found: unknown = JSON.parse(text.slice(start))
    return isCheck(found) ? found : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isCheck(value: unknown): value is ActorCheck {
  if (typeof value !== "object" || value === null) return false
  return typeof Reflect.get(value, "verdict") === "string" && Array.isArray(Reflect.get(value, "actors"))
}
