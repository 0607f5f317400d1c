/**
 * Owns: reading a file of the status page, once. Never: a path a client made up: only names listed here are looked for.
 */

import { readFile } from "node:fs/promises"
import { type BodyReply, problem } from "./reply.ts"

const FOLDER = new URL("../web/", import.meta.url)

const HTML = "text/html; charset=utf-8"
const CSS = "text/css; charset=utf-8"
const SCRIPT = "text/javascript; charset=utf-8"

const TYPES: ReadonlyMap<string, string> = new Map([
  ["index.html", HTML],
  ["page.css", CSS],
  ["icon.svg", "image/svg+xml"],
  ...[
    "app",
    "connection",
    "counts",
    "dom",
    "events",
    "format",
    "lanes",
    "log",
    "picture",
    "roles",
    "servers",
    "shards",
    "spark",
    "steps",
    "theme",
  ].map((name) => [`${name}.js`, SCRIPT] as const),
])

const replies = new Map<string, Promise<BodyReply>>()

export function readAsset(name: string): Promise<BodyReply> {
  const type = TYPES.get(name)
  if (type === undefined)
    return Promise.resolve(problem({ status: 404, code: "NOT_FOUND", detail: `No file ${name}.` }))
  const known = replies.get(name)
  if (known !== undefined) return known
  const reply = readFile(new URL(name, FOLDER)).then((body): BodyReply => {
    return { kind: "body", status: 200, headers: { "content-type": type, "cache-control": "no-cache" }, body }
  })
  replies.set(name, reply)
  return reply
}
