#!/usr/bin/env node
// Owns: running Millrace on a Node that can: this one, or the one that the npm package `node` brought.
// Plain JavaScript, because the Node that reads this line may be 20.

import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import module, { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const NODE_LEAST = 24
const PARENT_LOOKED_AT_EVERY_MS = 500

const here = dirname(fileURLToPath(import.meta.url))
// A clone runs its sources; the package has only what was built from them.
const source = join(here, "..", "src", "main.ts")
const main = existsSync(source) ? source : join(here, "..", "dist", "main.js")

endWithNpm()
if (Number.parseInt(process.versions.node, 10) >= NODE_LEAST) {
  // What was parsed once is not parsed again: a command starts in a third of the time.
  module.enableCompileCache()
  await import(pathToFileURL(main).href)
} else runOn(newerNode())

/**
 * npm hands SIGTERM to the shell between it and us; that shell ends, and tells nobody. Seen from here it is only that
 * the parent has changed. Without npm that means nothing: whoever starts us in the background may leave.
 */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined || process.connected) return
  const parent = process.ppid
  const looking = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(looking)
    process.kill(process.pid, "SIGTERM")
  }, PARENT_LOOKED_AT_EVERY_MS)
  looking.unref()
}

function newerNode() {
  const name = process.platform === "win32" ? "node.exe" : "node"
  for (const from of [join(process.cwd(), "package.json"), fileURLToPath(import.meta.url)]) {
    const binary = join(folderOfNodePackage(from), "bin", name)
    if (existsSync(binary)) return binary
  }
  console.error(`Millrace needs Node ${NODE_LEAST} or newer; this is ${process.versions.node}.`)
  console.error("Install it, or let npm bring one for this project: npm install --save-dev node@24")
  process.exit(2)
}

/** Nothing that exists, if the package is not there. */
function folderOfNodePackage(from) {
  try {
    return dirname(createRequire(from).resolve("node/package.json"))
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") return join(here, "nowhere")
    throw error
  }
}

/** The channel tells the child when this process is gone, however it went. */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  })
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("error", (error) => {
    console.error(`${node} does not run: ${error.message}`)
    process.exit(3)
  })
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 70)
    for (const handled of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(handled)
    process.kill(process.pid, signal)
  })
}
