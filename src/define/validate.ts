/**
 * Owns: the rules every event obeys whatever its schema, and saying what is wrong in bounded, plain words.
 * Never: showing the values that were refused (they may be secrets).
 */

import * as SchemaIssue from "effect/SchemaIssue"
import { Failure } from "../base/errors.ts"
import { EVENT_KEY_CHARS_MAX, ISSUE_MESSAGE_CHARS_MAX, ISSUES_PER_EVENT_MAX } from "../base/limits.ts"

export interface Issue {
  /** "user.tags.0"; empty for the event as a whole. */
  readonly path: string
  readonly message: string
}

/** An event was made with data that its own schema refuses: the same call will fail again. */
export class InvalidEvent extends Failure {
  override readonly name = "InvalidEvent"
  readonly tag = "InvalidEvent"
  readonly verdict = "refuse"
  readonly type: string
  readonly issues: readonly Issue[]
  constructor(type: string, issues: readonly Issue[]) {
    super({ operation: `making a ${type}`, reason: issuesText(issues) })
    this.type = type
    this.issues = issues
  }
}

export function issuesText(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ")
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

export function plainIssues(issue: SchemaIssue.Issue): readonly Issue[] {
  return format(issue)
    .issues.slice(0, ISSUES_PER_EVENT_MAX)
    .map(({ path, message }) => ({ path: pathText(path ?? []), message: cut(message) }))
}

function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  return cut(path.map((part) => String(typeof part === "object" ? part.key : part)).join("."))
}

export function cut(text: string): string {
  return text.length <= ISSUE_MESSAGE_CHARS_MAX ? text : `${text.slice(0, ISSUE_MESSAGE_CHARS_MAX - 1)}…`
}

/** What is wrong with a key, in words that follow its field's name. */
export function keyTrouble(key: unknown): string | undefined {
  if (typeof key !== "string") return "the key must be a string"
  if (key === "") return "the key is empty"
  return key.length > EVENT_KEY_CHARS_MAX ? `the key is longer than ${EVENT_KEY_CHARS_MAX} characters` : undefined
}

/** Where a string (or a field's name) holds a NUL, which PostgreSQL cannot store; looks into plain values only. */
export function nulPath(value: unknown, path = ""): string | undefined {
  if (typeof value === "string") return value.includes("\0") ? cut(path) : undefined
  if (typeof value !== "object" || value === null) return undefined
  if (Array.isArray(value)) return nulInItems(value, path)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return undefined
  for (const [name, field] of Object.entries(value)) {
    const at = path === "" ? name : `${path}.${name}`
    const found = name.includes("\0") ? cut(at.replaceAll("\0", "\\0")) : nulPath(field, at)
    if (found !== undefined) return found
  }
  return undefined
}

function nulInItems(items: readonly unknown[], path: string): string | undefined {
  for (let i = 0; i < items.length; i++) {
    const found = nulPath(items[i], path === "" ? String(i) : `${path}.${i}`)
    if (found !== undefined) return found
  }
  return undefined
}
